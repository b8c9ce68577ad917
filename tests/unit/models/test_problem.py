from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.scale import fit_scaler
from forecast.data.times.clock import CalendarClock
from forecast.errors import NotEnoughDataError
from forecast.models import problem as problem_module
from forecast.models.problem import Objective, WindowProblem, build_problem
from forecast.networks.shape import NetworkShape
from forecast.networks.window import UNTAUGHT, Teaching, Window
from forecast.training.objectives import LossKind

H, L = 2, 3
SPAN = Span(0, 8, 12)
NAN = float("nan")


class Last(nn.Module):
    """Repeats the newest value of each context, and counts the examples it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def forward(self, window: Window, _teaching: Teaching = UNTAUGHT) -> Tensor:
        self.batches.append(len(window.values))
        return window.values[:, -1:, None].expand(-1, H, 1)


def make_panel(*series: FloatArray) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


class Taught(nn.Module):
    """Remembers how it is taught and what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[Window] = []
        self.teachings: list[Teaching] = []

    def forward(self, window: Window, teaching: Teaching = UNTAUGHT) -> Tensor:
        self.windows.append(window)
        self.teachings.append(teaching)
        return window.values[:, -1:, None].expand(-1, H, 1)

    def forward_every(self, window: Window, teaching: Teaching = UNTAUGHT) -> Tensor:
        """From the end of each of the L steps its value, for every step ahead."""
        self.windows.append(window)
        self.teachings.append(teaching)
        return window.values[:, :, None, None].expand(-1, -1, H, 1)


def build(
    panel: Panel,
    *,
    kind: LossKind = "mae",
    span: Span = SPAN,
    **options: Any,
) -> WindowProblem:
    scaler = fit_scaler(panel, kind="none", start=span.start, stop=span.train_stop)
    shape = NetworkShape("gru", L, H, **options)
    device = torch.device("cpu")
    objective = Objective(kind, 1)
    return build_problem(panel, scaler, shape=shape, span=span, objective=objective, device=device)


def test_loss_is_the_mean_over_targets_before_the_end_of_training() -> None:
    values = np.array([0, 0, 0, 1, 3, 6, 10, 15, 1e6, 1e6, 1e6, 1e6])
    problem = build(make_panel(values))
    assert problem.size == 5  # contexts end at rows 2 to 6
    errors = [1, 3, 2, 5, 3, 7, 4, 9, 5]  # the second step after row 6 is row 8: not a target
    everything = torch.arange(problem.size)
    assert float(problem.loss(Last(), everything, 0.0)) == pytest.approx(np.mean(errors))
    assert float(
        build(make_panel(values), kind="mse").loss(Last(), everything, 0.0)
    ) == pytest.approx(np.mean(np.square(errors)))


def test_missing_target_counts_for_nothing() -> None:
    problem = build(make_panel(np.array([0, 0, 0, 1, NAN, 6, 10, 15, 0, 0, 0, 0])))
    assert float(problem.loss(Last(), torch.tensor([0]), 0.0)) == pytest.approx(1.0)


def test_p6_validation_pools_the_targets_of_the_tail_whatever_its_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = make_panel(
        np.array([0, 0, 0, 1, 3, 6, 10, 15, 16, 18, NAN, 20, 1e6, 1e6]), np.arange(12.0)
    )
    expected = np.mean([1, 3, 2, 2, *[1, 2] * 3])
    for cells in (1 << 20, 1):
        monkeypatch.setattr(problem_module, "JUDGE_CELLS", cells)
        module = Last()
        assert build(panel).validate(module) == pytest.approx(expected)
        assert sum(module.batches) == 6
        assert (len(module.batches) == 1) == (cells > 1)


def test_windows_of_a_long_tail_are_judged_evenly_spaced_from_the_first_to_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(problem_module, "MOST_JUDGED", 3)
    values = np.zeros(12)
    values[7:] = [0, 10, 20, 40, 70]  # windows of the tail end at rows 7, 8 and 9
    problem = build(make_panel(values, np.zeros(12)))
    assert problem.tail.row.tolist() == [7, 9, 12 + 9]
    assert problem.tail.series.tolist() == [0, 0, 1]
    assert problem.validate(Last()) == pytest.approx(np.mean([10, 20, 20, 50, 0, 0]))


def test_span_without_tail_has_no_validation() -> None:
    panel = make_panel(np.arange(12.0))
    assert build(panel, span=Span(0, 12, 12)).validate(Last()) is None


def test_rows_after_the_span_never_reach_the_device() -> None:
    values = np.arange(20.0)
    values[12:] = -1e9
    problem = build(make_panel(values))
    assert problem.packed.values.tolist() == list(range(12))


def test_description_names_the_series_with_the_largest_value() -> None:
    second = np.ones(12)
    second[5] = -400
    second[6] = 3
    problem = build(make_panel(np.arange(12.0), second, np.full(12, 30.0) + np.arange(12)))
    text = problem.describe(torch.arange(problem.size))
    assert text == "series 's1', largest scaled value 400"


def batches_of(problem: WindowProblem, batch_size: int, seed: int = 0) -> list[list[int]]:
    order = problem.order(torch.Generator().manual_seed(seed), batch_size)
    return [part.tolist() for part in torch.split(order, batch_size)]


def test_order_of_an_epoch_holds_every_window_once_and_differs_by_seed() -> None:
    problem = build(make_panel(np.arange(12.0)))
    first, again, other = (batches_of(problem, 2, seed) for seed in (0, 0, 1))
    assert sorted(chain.from_iterable(first)) == list(range(problem.size))
    assert first == again != other


@pytest.mark.parametrize("at_once", [1 << 20, 3])
def test_windows_of_like_length_share_a_batch(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problem_module, "AT_ONCE", at_once)
    young = [make_panel(np.arange(12.0)).values] + [np.arange(12.0)[-rows:] for rows in (2, 3)] * 4
    lengths = np.array([len(values) for values in young], dtype=np.int64)
    panel = Panel(
        tuple(f"s{index}" for index in range(len(young))),
        np.concatenate(young),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        12 - lengths,
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )
    problem = build(panel, span=Span(0, 12, 12))
    assert problem.padded is not None
    padded = problem.padded
    batches = batches_of(problem, 4)
    assert sorted(chain.from_iterable(batches)) == list(range(problem.size))
    spread = [int(padded[part].max() - padded[part].min()) for part in batches]
    alone = torch.split(torch.arange(problem.size), 4)
    assert sum(spread) < sum(int(padded[part].max() - padded[part].min()) for part in alone)
    module = Taught()
    problem.loss(module, torch.arange(problem.size), 0.0)
    assert module.windows[0].padded is not None
    missing = module.windows[0].missing
    for row, count in enumerate(module.windows[0].padded.tolist()):
        assert missing[row, :count].all()
        assert not missing[row, count:].any()


def test_windows_of_whole_contexts_know_of_no_padding() -> None:
    module = Taught()
    problem = build(make_panel(np.arange(12.0)))
    problem.loss(module, torch.arange(problem.size), 0.0)
    assert module.windows[0].padded is None


def test_truth_is_shown_to_seq2seq_alone_and_never_where_it_is_missing_or_later() -> None:
    values = np.array([0, 0, 0, 1, NAN, 6, 10, 15, 1e6, 1e6, 1e6, 1e6])
    module = Taught()
    direct = build(make_panel(values))
    direct.loss(module, torch.arange(direct.size), 0.5)
    assert module.teachings[-1].truth is None
    problem = build(
        make_panel(values), decoder="seq2seq", scheduled_sampling="linear", sampling_floor=0.2
    )
    shares = []
    for progress in (0.0, 0.5, 0.99):
        problem.loss(module, torch.arange(problem.size), progress)
        shares.append(module.teachings[-1].forcing)
    assert shares == pytest.approx([1.0, 0.5, 0.2])
    truth = module.teachings[-1].truth
    assert truth is not None
    assert not (truth == 1e6).any()
    assert torch.isnan(truth[0]).tolist() == [False, True]  # row 4 has no value
    assert torch.isnan(truth[-1]).tolist() == [False, True]  # row 8 is not of training


def test_every_step_teaches_each_end_of_a_segment_that_has_a_target() -> None:
    values = np.array([5, 7, 0, 1, NAN, 6, 10, 15, 1e6, 1e6, 1e6, 1e6])
    problem = build(make_panel(values), supervision="every-step", skip="none")
    found = problem.loss(Taught(), torch.tensor([0]), 0.0)  # the context is rows 0 to 2
    pairs = [(5, 7), (5, 0), (7, 0), (7, 1), (0, 1)]  # row 4, the second step of row 2, is missing
    assert float(found) == pytest.approx(np.mean([abs(y - last) for last, y in pairs]))


def test_epoch_of_every_step_takes_as_many_windows_fewer_as_each_has_steps() -> None:
    panel = make_panel(np.arange(40.0))
    last = build(panel, span=Span(0, 40, 40))
    every = build(panel, span=Span(0, 40, 40), supervision="every-step", skip="none")
    assert every.size == -(-last.size // L)
    assert len(every.order(torch.Generator(), 4)) == every.size


def test_span_without_a_window_is_refused_with_its_rows() -> None:
    panel = make_panel(np.append(5.0, np.full(11, NAN)))
    with pytest.raises(NotEnoughDataError, match="8 training rows"):
        build(panel)
    alone = replace(SPAN, train_stop=1)
    with pytest.raises(NotEnoughDataError, match="1 training rows"):
        build(make_panel(np.arange(12.0)), span=alone)
