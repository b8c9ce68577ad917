"""Progress bars, and tables that can be read down a column."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from forecast.cli.progress import BarMonitor, LineMonitor, StopRequest
from forecast.cli.render import score_table, sparkline
from forecast.training.monitor import EpochRecord


def test_bars_show_fit_epoch_loss_and_share_of_the_whole() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, highlight=False)
    progress = Progress(
        TextColumn("{task.description} {task.percentage:.0f}% {task.fields[note]}"), console=console
    )
    monitor = BarMonitor(StopRequest(), progress)
    with progress:
        monitor.say("season 24")
        monitor.start_fit("gru, fold 1 of 2", 0, 2, 4)
        monitor.end_epoch(EpochRecord("gru, fold 1 of 2", 1, 4, 9, 0.5, None, 0.001, 1.0, False))
        done = {task.description: task.percentage for task in progress.tasks}
        assert done == {"all fits": 12.5, "gru, fold 1 of 2": 25.0}
        monitor.end_fit("gru, fold 1 of 2")
        monitor.start_fit("gru, fold 2 of 2", 1, 2, 4)
        done = {task.description: task.percentage for task in progress.tasks}
        assert done == {"all fits": 50.0, "gru, fold 2 of 2": 0.0}
    assert "season 24" in out.getvalue()


def test_bars_hold_back_what_is_said_below_them_until_the_run_fails() -> None:
    out = io.StringIO()
    progress = Progress(console=Console(file=out, width=100))
    monitor = BarMonitor(StopRequest(), progress)
    monitor.start_fit("gru, fold 1 of 2", 0, 2, 4)
    monitor.say("half the learning rate")
    assert (out.getvalue(), monitor.said) == ("", set())
    monitor.say_held()
    assert out.getvalue() == "half the learning rate\n"


def test_lines_count_one_epoch_and_no_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    monitor = LineMonitor(StopRequest())
    monitor.start_fit("gru, fold 1 of 2", 0, 2, 1)
    monitor.start_fit("gru, final fit", 1, 2, 0)
    assert capsys.readouterr().err.splitlines() == [
        "gru, fold 1 of 2: fit 1 of 2, at most 1 epoch",
        "gru, final fit: fit 2 of 2, without training",
    ]


def test_stop_request_answers_after_the_first_and_leaves_at_the_second(
    capfd: pytest.CaptureFixture[str],
) -> None:
    stop = StopRequest()
    monitor = BarMonitor(stop, Progress(console=Console(file=io.StringIO())))
    assert not monitor.should_stop()
    stop.hear(2, None)
    assert monitor.should_stop()
    assert "stopping after this step" in capfd.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        stop.hear(2, None)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([123456.0, 1.0], ["123456", "1"]),
        ([1.23456, 0.5], ["1.235", "0.500"]),
        ([0.00012345, 0.0001], ["1.234e-04", "1.000e-04"]),
        ([None, 0.0], ["-", "0.000"]),
        ([math.inf, 2.0], ["inf", "2.000"]),
    ],
)
def test_scores_keep_their_digits_and_line_up(values: list[float | None], shown: list[str]) -> None:
    rows = {f"m{index}": {"mae": value} for index, value in enumerate(values)}
    lines = list(score_table(rows, {}))
    assert [line.split()[1] for line in lines[1:]] == shown
    assert len({len(line) for line in lines}) == 1


def test_sparkline_draws_limits_gaps_and_a_constant() -> None:
    assert sparkline([0.0, math.nan, 7.0], 0.0, 7.0) == "▁ █"
    assert sparkline([3.0, 3.0], 3.0, 3.0) == "▄▄"
    assert len(sparkline([float(n) for n in range(1000)], 0.0, 999.0)) == 72
