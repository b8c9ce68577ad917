"""What the benchmark of speed computes: counts, medians of turns, what a fit took."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.accuracy.journal import Journal
from benchmarks.speed import process
from benchmarks.speed.asking import Job, run_missing
from benchmarks.speed.cells import (
    CONTEXT,
    HORIZON,
    Cell,
    grid,
    limit_grid,
    step_operations,
    with_steps,
)
from benchmarks.speed.pairs import Round, Turn, alternate, median, median_ratio
from benchmarks.speed.process import (
    CONTENDERS,
    Contender,
    ContenderError,
    Worker,
    environment,
    printed,
)
from benchmarks.speed.series import made_series
from benchmarks.speed.worker import taken


def test_the_grid_has_each_combination_once() -> None:
    assert len(set(grid())) == 2 * 3 * 2 * 2 * 2
    assert {cell.hidden for cell in limit_grid()} == {256}
    names = [cell.words for cell in grid()]
    assert len(set(names)) == len(names)


def test_operations_are_those_that_torch_counts_in_a_loop_of_products() -> None:
    cell = Cell(1, "rnn", 16, 4, 1)
    values = torch.randn(CONTEXT, cell.batch, 1)
    of_input, of_state, of_output = (
        torch.randn(shape, requires_grad=True)
        for shape in ((1, cell.hidden), (cell.hidden, cell.hidden), (cell.hidden, HORIZON))
    )
    state = torch.zeros(cell.batch, cell.hidden, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        last = state
        for value in values:
            last = torch.tanh(value @ of_input + last @ of_state)
        (last @ of_output).abs().mean().backward()  # type: ignore[no-untyped-call]
    assert counter.get_total_flops() == step_operations(cell)


def test_a_gru_takes_three_times_the_recurrent_operations_of_an_rnn() -> None:
    rnn, gru, lstm = (
        step_operations(Cell(1, cell, 256, 512, 1)) for cell in ("rnn", "gru", "lstm")
    )
    assert lstm - gru == pytest.approx((gru - rnn) / 2)
    assert gru / rnn == pytest.approx(3, rel=0.01)


def test_steps_can_be_set_for_all_cells() -> None:
    assert {cell.timed for cell in with_steps(grid(), 2)} == {2}
    assert with_steps(grid(), None) == grid()
    assert min(cell.timed for cell in grid()) >= 2


def test_the_made_series_are_the_same_each_time_and_differ_from_each_other() -> None:
    one, again = made_series(2, rows=50), made_series(2, rows=50)
    assert one.equals(again)
    first, second = (part["y"].to_numpy() for _, part in one.groupby("unique_id"))
    assert len(first) == 50
    assert abs(first - second).min() > 0


def test_a_fit_is_split_into_what_comes_before_its_steps_the_steps_and_the_rest() -> None:
    found = taken([4.0, 5.0, 5.5, 6.0], begun=1.0, done=8.0, asked=4, peak=7)
    assert found.step == pytest.approx(2 / 3)  # of the three steps after the first
    assert found.before == pytest.approx(3 - 2 / 3)  # the first step ends at 4
    assert found.after == pytest.approx(2.0)


def test_another_number_of_steps_than_was_asked_for_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="3 steps were taken where 4 were asked for"):
        taken([1.0, 2.0, 3.0], begun=0.0, done=4.0, asked=4, peak=0)


def counting(said: list[str], name: str, values: list[float]) -> Turn:
    """Say one value after the other; nan is a failure."""
    left = iter(values)

    def turn() -> Mapping[str, Any]:
        said.append(name)
        value = next(left)
        if value != value:  # noqa: PLR0124 - nan
            raise ContenderError("out of memory")
        return {"step": value}

    return turn


def test_turns_alternate_and_the_first_round_does_not_count() -> None:
    order: list[str] = []
    turns = {"a": counting(order, "a", [90, 1, 2, 9]), "b": counting(order, "b", [50, 2, 8, 3])}
    rounds, failed = alternate(turns, 3)
    assert order == ["a", "b"] * 4
    assert failed == {}
    assert median(rounds, "a", "step") == 2
    assert median_ratio(rounds, "a", "b", "step") == 0.5  # of 1/2, 2/8 and 9/3


def test_who_fails_is_not_asked_again_and_has_no_median() -> None:
    order: list[str] = []
    turns = {
        "a": counting(order, "a", [1, 2, 3, 4]),
        "b": counting(order, "b", [1, 2, float("nan")]),
    }
    rounds, failed = alternate(turns, 3)
    assert failed == {"b": "out of memory"}
    assert order.count("b") == 3
    assert median(rounds, "a", "step") == 3
    assert median(rounds, "b", "step") is None
    assert median_ratio(rounds, "a", "b", "step") is None


def job(asked: list[str], value: float = 1.0) -> Job:
    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        yield {"a": counting(asked, "a", [value] * 3)}

    return Job("training", "a small cell", ("a",), 2, begin)


def test_a_job_is_measured_once_and_found_by_a_later_run(tmp_path: Path) -> None:
    asked: list[str] = []
    for _ in range(2):
        journal = Journal(tmp_path / "journal.jsonl", root=process.ROOT, code="one")
        entry = run_missing(journal, code="one")(job(asked))
        assert entry is not None
        assert median([Round(answers) for answers in entry.said], "a", "step") == 1
    assert asked == ["a"] * 3


def test_a_job_that_failed_is_measured_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", root=process.ROOT, code="one")
    ask = run_missing(journal, code="one")
    failed = ask(job([], float("nan")))
    assert failed is not None
    assert failed.failed == "a: out of memory"
    mended = ask(job([]))
    assert mended is not None
    assert mended.failed is None


def test_no_job_begins_after_the_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", root=process.ROOT, code="one")
    asked: list[str] = []
    assert run_missing(journal, code="one", until=0.0)(job(asked)) is None
    assert asked == []


def test_a_peer_is_built_when_its_environment_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PEERS", tmp_path)
    peer = Contender("blocks", "darts")
    (tmp_path / "darts" / "bin").mkdir(parents=True)
    assert not peer.built
    (tmp_path / "darts" / ".built").touch()
    assert peer.built
    assert Contender("ours").built


def test_contenders_have_the_threads_of_the_cell_and_no_setting_of_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("FORECAST_TRAINING_SEED", "3")
    assert environment(2)["OMP_NUM_THREADS"] == "2"
    alone = environment(0)
    ours = {"OMP_NUM_THREADS", "OMP_WAIT_POLICY", "THP_MEM_ALLOC_ENABLE", "FORECAST_TRAINING_SEED"}
    assert not ours & set(alone)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ours", "bare"])
def test_each_step_of_a_fit_is_on_the_clock(name: str) -> None:
    with Worker(CONTENDERS[name], threads=1) as worker:
        taken = worker.ask(Cell(1, "gru", 4, 4, 1, steps=3))
    assert min(taken[key] for key in ("step", "peak", "ready")) > 0


@pytest.mark.slow
def test_growth_is_measured_of_training_and_of_forecasting() -> None:
    found = printed(sys.executable, "growing", "400", "2", "24", "18", longest=300)
    assert set(found) == {"train", "train peak", "predict", "predict peak", "columns"}
    assert min(found["train"], found["predict"]) > 0
    assert found["columns"] == 400 * 17


def test_program_that_fails_says_its_last_word() -> None:
    with pytest.raises(ContenderError, match="No module named"):
        printed(sys.executable, "absent", longest=60)
