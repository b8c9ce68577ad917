"""Statistical methods beside a network: the forecast goes part of the way to the mean of all.

    y_hat = (1 - share) network + share mean(network, companions)

Each is fitted to every series by itself, while the network learns from all: they err for different
reasons, and what lies between them errs less than each. The share, in tenths, is what the
validation rows say, forecast by companions that were fitted on the rows before those: of the shares
whose MASE is not worse than the best by more than three standard errors over the series, the one
nearest to 0.8. Two would be too few: series of one file are bent by the same weeks, and which epoch
of the network counts was told by the same rows. A network that is clearly better alone stays alone;
one that is wild keeps as much say as each companion. In the end these are fitted on all rows.

References
----------
Bates & Granger (1969), The combination of forecasts; Makridakis & Hibon (2000), The M3-competition;
Stock & Watson (2004) on why equal weights are hard to beat where weights are estimated from little.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.metrics.scaled import seasonal_scales
from forecast.models.forecaster import FitContext, FitReport, Forecaster, PointsOnly, Setting
from forecast.training.monitor import SILENT

if TYPE_CHECKING:
    from torch import Tensor

Value = TypeVar("Value")
SHARES = np.arange(11) / 10
USUAL = 0.8
"""The share where there are no validation rows, and no fold had any, or where they do not tell."""
FEWEST = 2
"""Series, or cutoffs of one, below which nothing says how much of a difference is chance."""
ERRORS = 3
"""Standard errors by which a share has to be worse than the best, to be none of those."""
MOST_CUTOFFS = 8
"""From which the validation rows are forecast; evenly spaced among all with a whole horizon."""
NAMES = "companions"
"""Setting under which a bundle keeps their names."""
PREFIX = "companion."  # of their settings and tensors, and of the share
SHARE = f"{PREFIX}share"


class AccompaniedForecaster(PointsOnly):
    """A network and its companions.

    Parameters
    ----------
    network : Forecaster
        It, too, forecasts values of the file.
    companions : sequence of Forecaster
        At least one.
    season_length, horizon : int, in steps
        Of the errors that say what the share is.
    share : float or None
        Of the way to the mean; None leaves it to the validation rows.
    """

    def __init__(
        self,
        network: Forecaster,
        companions: Sequence[Forecaster],
        *,
        season_length: int = 1,
        horizon: int = 1,
        share: float | None = None,
    ) -> None:
        self.network = network
        self.companions = tuple(companions)
        self.season_length = season_length
        self.horizon = horizon
        self.asked = share
        self.share = USUAL if share is None else share
        self.name = network.name

    @property
    def parameters(self) -> int:
        """Number of trained numbers of all that count."""
        return sum(one.parameters for one in self._counting())

    @property
    def report(self) -> FitReport | None:
        """How the fit of the network went, and the share."""
        report = self.network.report
        return None if report is None else replace(report, companion_share=self.share)

    @property
    def context_length(self) -> int:
        """Rows up to a cutoff that a forecast reads."""
        return max(one.context_length for one in self._counting())

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on: those of whichever needs most."""
        needed: IntArray = np.max([one.rows_needed(panel) for one in self._counting()], axis=0)
        return needed

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Train the network, weigh the companions, and fit them on all rows of the span."""
        self.network = self.network.fit(panel, span=span, context=context)
        names = " and ".join(one.name for one in self.companions)
        why = "as the fit before it settled on"
        if self.asked is not None:
            self.share = self.asked
        elif span.stop > span.train_stop:
            self.share, why = self._weigh(panel, span, context), "as the validation rows say"
        else:
            self.share, why = USUAL, "as there are no validation rows to tell"
        monitor = context.monitor if self.share > 0 else SILENT
        self._fit_companions(panel, span, replace(context, monitor=monitor))
        context.monitor.say(
            f"{context.name}: the forecast goes {self.share:.0%} of the way from the network to "
            f"the mean of it, {names}, {why}"
        )
        return self

    def _weigh(self, panel: Panel, span: Span, context: FitContext) -> float:
        """Find the share that forecasts the validation rows best."""
        before = Span(span.start, span.train_stop, span.train_stop)
        self._fit_companions(panel, before, replace(context, monitor=SILENT))
        last = max(span.train_stop - 1, span.stop - 1 - self.horizon)
        count = min(MOST_CUTOFFS, last - span.train_stop + 2)
        cutoffs = np.linspace(span.train_stop - 1, last, count).round().astype(np.int64)
        horizon = min(self.horizon, span.stop - span.train_stop)
        actual = panel.horizon_after(cutoffs, horizon)
        scale = seasonal_scales(
            panel, span.start, span.train_stop, season_length=self.season_length
        )
        scale = np.where(scale > 0, scale, np.nan)[:, None, None]
        alone = self.network.predict(panel, cutoffs, horizon=horizon)
        middle = self._middle(alone, panel, cutoffs)
        errors = (
            np.abs(actual - _between(alone, middle, share)) / scale for share in SHARES.tolist()
        )
        alike = panel.n_series > 1  # one series is told by its cutoffs
        return _nearest_usual([_pooled(one if alike else one.swapaxes(0, 1)) for one in errors])

    def _fit_companions(self, panel: Panel, span: Span, context: FitContext) -> None:
        self.companions = tuple(
            one.fit(panel, span=span, context=replace(context, name=f"{context.name}, {one.name}"))
            for one in self.companions
        )

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast by those that count; see `Forecaster.predict`."""
        if self.share == 0:
            return self.network.predict(panel, cutoffs, horizon=horizon)
        alone = self.network.predict(panel, cutoffs, horizon=horizon)
        return _between(alone, self._middle(alone, panel, cutoffs), self.share)

    def _middle(self, alone: FloatArray, panel: Panel, cutoffs: IntArray) -> FloatArray:
        """Mean of what the network, ``alone`` (N, K, H), and its companions forecast."""
        horizon = alone.shape[2]
        found = [one.predict(panel, cutoffs, horizon=horizon) for one in self.companions]
        apart: FloatArray = np.sum([one - alone for one in found], axis=0)  # 0 where all agree
        return alone + apart / (1 + len(found))

    def _counting(self) -> tuple[Forecaster, ...]:
        """Those whose forecasts count, the network first."""
        return (self.network, *(self.companions if self.share > 0 else ()))

    def settings(self) -> Mapping[str, Setting]:
        """Settings of the network, and of each companion behind its name."""
        own = {
            f"{PREFIX}{one.name}.{name}": value
            for one in self.companions
            for name, value in one.settings().items()
        }
        names = ",".join(one.name for one in self.companions)
        return {**self.network.settings(), NAMES: names, **own}

    def state(self) -> Mapping[str, Tensor]:
        """Tensors of the network, the share, and what was fitted of each companion."""
        import torch  # only a fitted network has a state, and torch with it

        own = {
            f"{PREFIX}{one.name}.{name}": value
            for one in self.companions
            for name, value in one.state().items()
        }
        share = {SHARE: torch.tensor(self.share, dtype=torch.float64)} if own else {}
        return {**self.network.state(), **share, **own}


Parts: TypeAlias = tuple[dict[str, Setting], dict[str, "Tensor"]]
"""Settings and tensors of a forecaster."""


class Apart(NamedTuple):
    """Settings and tensors of the network, those of each companion, and the share."""

    settings: dict[str, Setting]
    state: dict[str, Tensor]
    companions: dict[str, Parts]
    share: float


def split_companions(
    settings: Mapping[str, Setting], state: Mapping[str, Tensor], *, known: Collection[str]
) -> Apart:
    """Take apart what `AccompaniedForecaster` put together.

    Parameters
    ----------
    known : collection of str
        What a companion may be.

    Raises
    ------
    ValueError
        If the share is none, a companion is unknown, or something belongs to none of them.
    """
    share = state.get(SHARE)
    if share is None or share.shape != () or not 0 <= float(share) <= 1:
        raise ValueError(f"tensor {SHARE!r} is {share}, not a share")
    names = str(settings[NAMES]).split(",")
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise ValueError(f"{NAMES} is {settings[NAMES]!r}, not some of {', '.join(known)}")
    prefixes = tuple(f"{PREFIX}{name}." for name in names)
    strange = [key for key in (*settings, *state) if _is_strange(key, prefixes)]
    if strange:
        raise ValueError(f"{strange[0]!r} belongs to none of the companions")
    return Apart(
        {key: value for key, value in settings.items() if not _is_own(key)},
        {key: value for key, value in state.items() if not _is_own(key)},
        {name: (_of(name, settings), _of(name, state)) for name in names},
        float(share),
    )


def _of(name: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """What belongs to one companion, by its own names."""
    prefix = f"{PREFIX}{name}."
    return {
        key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)
    }


def _is_strange(key: str, prefixes: tuple[str, ...]) -> bool:
    return key.startswith(PREFIX) and key != SHARE and not key.startswith(prefixes)


def _is_own(key: str) -> bool:
    return key == NAMES or key.startswith(PREFIX)


def _nearest_usual(errors: Sequence[FloatArray]) -> float:
    """Of the shares that are not worse than the best by more than chance, the nearest to `USUAL`.

    Parameters
    ----------
    errors : sequence of array of shape (N,)
        Of each series, or each cutoff of one, for each share; nan where nothing counts.
    """
    found = np.stack(errors)[:, np.isfinite(errors[0])]
    if found.shape[1] < FEWEST:
        return USUAL
    worse = found - found[int(np.argmin(found.mean(axis=1)))]
    chance = ERRORS * worse.std(axis=1) / np.sqrt(max(1, found.shape[1] - 1))
    near = worse.mean(axis=1) <= chance
    return float(SHARES[near][int(np.argmin(np.abs(SHARES[near] - USUAL)))])


def _pooled(errors: FloatArray) -> FloatArray:
    """Mean of each series over the errors (N, K, H) that are known; nan where none is."""
    counts = np.isfinite(errors)
    with np.errstate(invalid="ignore"):
        pooled: FloatArray = np.where(counts, errors, 0.0).sum(axis=(1, 2)) / counts.sum(
            axis=(1, 2)
        )
    return pooled


def _between(alone: FloatArray, middle: FloatArray, share: float) -> FloatArray:
    """Where the two agree, exactly what both say."""
    return alone + share * (middle - alone)
