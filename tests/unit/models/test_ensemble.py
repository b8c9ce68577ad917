from __future__ import annotations

from dataclasses import replace
from typing import Self

import numpy as np
import pytest

from forecast.data.panel import Panel, Span
from forecast.errors import UsageError
from forecast.models.ensemble import EnsembleForecaster, member_seed
from forecast.models.forecaster import Draws, FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.registry import restore
from forecast.networks.shape import HeadKind, NetworkShape, WindowNormalisationKind
from forecast.testing.panels import SPAN, usual_panel
from forecast.training.monitor import EpochRecord, SilentMonitor
from forecast.training.objectives import LossKind
from forecast.training.plan import TrainingPlan

H = 3
PLAN = TrainingPlan(
    epochs=2,
    stop_after=2,
    max_steps=None,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="constant",
    warmup=0,
    patience=5,
)
CUTOFFS = np.array([27, 36], dtype=np.int64)


class Recorder(SilentMonitor):
    def __init__(self, *, stop_after: int = 99) -> None:
        self.fits: list[tuple[str, int, int]] = []
        self.records: list[EpochRecord] = []
        self.stop_after = stop_after

    def start_fit(self, fit: str, index: int, total: int, _epochs: int) -> None:
        self.fits.append((fit, index, total))

    def end_epoch(self, record: EpochRecord) -> None:
        self.records.append(record)

    def should_stop(self) -> bool:
        return len(self.records) >= self.stop_after


def member(
    head: HeadKind = "point", *, normalisation: WindowNormalisationKind = "last"
) -> NeuralForecaster:
    shape = NetworkShape(
        "gru",
        6,
        H,
        segment_length=2,
        hidden_size=4,
        head=head,
        window_normalisation=normalisation,
    )
    loss: LossKind = "mae" if head == "point" else "nll"
    fitting = FitSettings(PLAN, loss=loss, start="season", threads=1)
    return NeuralForecaster(shape, scaler="standard", fitting=fitting)


def context(monitor: SilentMonitor, seed: int = 7) -> FitContext:
    return FitContext("gru, fold 2 of 2", 1, 2, seed, monitor)


def fitted(count: int = 3, head: HeadKind = "point") -> EnsembleForecaster:
    ensemble = EnsembleForecaster([member(head) for _ in range(count)])
    return ensemble.fit(usual_panel(), span=SPAN, context=context(SilentMonitor()))


def test_forecast_is_the_mean_of_members_that_differ() -> None:
    ensemble = fitted()
    alone = [one.predict(usual_panel(), CUTOFFS, horizon=H) for one in ensemble.members]
    assert not np.allclose(alone[0], alone[1])
    np.testing.assert_allclose(
        ensemble.predict(usual_panel(), CUTOFFS, horizon=H), np.mean(alone, axis=0), rtol=1e-12
    )
    assert ensemble.parameters == 3 * ensemble.members[0].parameters


def test_each_member_is_the_network_that_its_seed_gives() -> None:
    second = member().fit(
        usual_panel(),
        span=SPAN,
        context=replace(context(SilentMonitor()), seed=member_seed(7, 1)),
    )
    np.testing.assert_array_equal(
        fitted().members[1].predict(usual_panel(), CUTOFFS, horizon=H),
        second.predict(usual_panel(), CUTOFFS, horizon=H),
    )


def test_monitor_hears_of_each_member() -> None:
    recorder = Recorder()
    ensemble = EnsembleForecaster([member(), member()])
    ensemble.fit(usual_panel(), span=SPAN, context=context(recorder))
    assert recorder.fits == [
        ("gru, fold 2 of 2, member 1 of 2", 2, 4),
        ("gru, fold 2 of 2, member 2 of 2", 3, 4),
    ]
    assert ensemble.report is not None
    assert ensemble.report.records == tuple(recorder.records)


def test_stopped_ensemble_keeps_the_members_that_it_began() -> None:
    recorder = Recorder(stop_after=3)  # in the second member
    ensemble = EnsembleForecaster([member(), member(), member()])
    ensemble.fit(usual_panel(), span=SPAN, context=context(recorder))
    assert len(ensemble.members) == 2
    assert ensemble.report is not None
    assert ensemble.report.stopped == "interrupted"
    assert np.isfinite(ensemble.predict(usual_panel(), CUTOFFS, horizon=H)).all()


@pytest.mark.parametrize(("epochs", "together"), [((0, 1), 1), ((0, 3), 3), ((2, 0, 3), 2)])
def test_of_an_even_number_of_members_the_later_middle_one_says_how_long_to_train(
    epochs: tuple[int, ...], together: int
) -> None:
    class Settled(NeuralForecaster):
        def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
            fit = super().fit(panel, span=span, context=context)
            assert fit.report is not None
            fit.report = replace(fit.report, best_epoch=next(best))
            return fit

    best, shape = iter(epochs), NetworkShape("gru", 6, H, hidden_size=4)
    fitting = FitSettings(PLAN, loss="mae", start="season", threads=1)
    members = [Settled(shape, scaler="standard", fitting=fitting) for _ in epochs]
    ensemble = EnsembleForecaster(members)
    ensemble.fit(usual_panel(), span=SPAN, context=context(SilentMonitor()))
    assert ensemble.report is not None
    assert ensemble.report.best_epoch == together


def test_ensemble_comes_back_from_settings_and_tensors() -> None:
    ensemble = fitted()
    again = restore(
        "gru", ensemble.settings(), ensemble.state(), unique_ids=usual_panel().unique_ids
    )
    np.testing.assert_array_equal(
        again.predict(usual_panel(), CUTOFFS, horizon=7),
        ensemble.predict(usual_panel(), CUTOFFS, horizon=7),
    )


def test_members_that_see_a_window_in_unlike_ways_come_back_as_they_were() -> None:
    kinds: tuple[WindowNormalisationKind, ...] = ("last", "standard", "last")
    ensemble = EnsembleForecaster([member(normalisation=kind) for kind in kinds])
    ensemble.fit(usual_panel(), span=SPAN, context=context(SilentMonitor()))
    settings, state = ensemble.settings(), ensemble.state()
    again = restore("gru", settings, state, unique_ids=usual_panel().unique_ids)
    np.testing.assert_array_equal(
        again.predict(usual_panel(), CUTOFFS, horizon=H),
        ensemble.predict(usual_panel(), CUTOFFS, horizon=H),
    )
    assert again.settings() == settings
    alike = {name: value for name, value in settings.items() if not name.startswith("member.")}
    other = restore("gru", alike, state, unique_ids=usual_panel().unique_ids)
    assert not np.allclose(
        other.predict(usual_panel(), CUTOFFS, horizon=H),
        ensemble.predict(usual_panel(), CUTOFFS, horizon=H),
    )


@pytest.mark.parametrize(
    "setting",
    ["member.0.window_normalisation", "member.3.window_normalisation", "member.1.hidden_size"],
)
def test_settings_of_no_member_are_refused(setting: str) -> None:
    ensemble = fitted()
    settings = {**ensemble.settings(), setting: "standard"}
    with pytest.raises(ValueError, match=setting):
        restore("gru", settings, ensemble.state(), unique_ids=usual_panel().unique_ids)


@pytest.mark.parametrize("members", [0, 2, 4, 1_000_000_000, True, "3"])
def test_members_that_the_tensors_are_not_of_are_refused(members: int) -> None:
    ensemble = fitted()
    settings = {**ensemble.settings(), "members": members}
    with pytest.raises(ValueError, match=r"member|tensor"):
        restore("gru", settings, ensemble.state(), unique_ids=usual_panel().unique_ids)


def test_quantiles_are_averaged_and_paths_drawn_from_all_members() -> None:
    ensemble, levels = fitted(head="gaussian"), (0.1, 0.5, 0.9)
    found = ensemble.predict_quantiles(usual_panel(), CUTOFFS, horizon=H, levels=levels)
    alone = [
        one.predict_quantiles(usual_panel(), CUTOFFS, horizon=H, levels=levels)
        for one in ensemble.members
    ]
    np.testing.assert_allclose(found, np.mean(alone, axis=0), rtol=1e-12)
    paths = ensemble.sample_paths(usual_panel(), CUTOFFS, horizon=H, draws=Draws(8, seed=1))
    assert paths.shape == (4, 2, 8, H)
    assert len(np.unique(paths[0, 0, :, 0])) == 8


def test_ensemble_of_points_has_no_quantiles() -> None:
    with pytest.raises(UsageError, match="no distribution"):
        fitted(2).predict_quantiles(usual_panel(), CUTOFFS, horizon=H, levels=(0.5,))
