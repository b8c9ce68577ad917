"""What turns scaled numbers into those of the file, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class Units(NamedTuple):
    """Units of a batch of windows: ``scaled = (value - center) / divisor``.

    Parameters
    ----------
    center, divisor : Tensor of shape (..., 1), float64, in units of the file
        Of the series of each window; the divisor is above 0.
    error : Tensor of shape (..., 1), float64, scaled
        Mean absolute error of the seasonal naive forecast on the training rows of the series; 0 or
        nan where it has none.
    """

    center: Tensor
    divisor: Tensor
    error: Tensor
