"""What a network is shown of a batch of windows, and of their horizons while it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

    from forecast.networks.exogenous import Exogenous


class Window(NamedTuple):
    """Contexts of B windows and what is known beside them.

    Parameters
    ----------
    values : Tensor of shape (B, L), float64, scaled
        Newest last; a missing value repeats the last observed one.
    missing : Tensor of shape (B, L)
        1 where a value is missing.
    exogenous : Exogenous or None
        Covariates, where the shape has channels for them.
    series : Tensor of shape (B,), int64, or None
        Place of each series among those of the fit; -1 for one it did not have.
    padded : Tensor of shape (B,), int64, or None
        So many of the oldest steps lie before the series began; None where nowhere any.
    """

    values: Tensor
    missing: Tensor
    exogenous: Exogenous | None = None
    series: Tensor | None = None
    padded: Tensor | None = None


class Teaching(NamedTuple):
    """How a batch is taught; a forecast knows nothing of it.

    Parameters
    ----------
    truth : Tensor of shape (B, H), float64, scaled, or None
        Values of the horizon, nan where missing.
    forcing : float
        Share of the segments of which a decoder is shown the truth.
    truncate : int or None
        Recurrent steps after which gradients are cut.
    """

    truth: Tensor | None = None
    forcing: float = 0.0
    truncate: int | None = None


UNTAUGHT = Teaching()
