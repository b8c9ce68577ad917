"""How much truth a sequence-to-sequence decoder is shown as training goes on.

    linear            max(floor, 1 - p)
    exponential       max(floor, k^p),                        k = 0.01
    inverse-sigmoid   max(floor, k / (k - 1 + exp(p m / k))), k = 10, m = 60

p runs from 0 to 1 over the fit. Where nothing is scheduled the decoder is shown the truth always:
teacher forcing.

References
----------
Bengio et al. (2015), Scheduled sampling for sequence prediction with recurrent neural networks,
arXiv 1506.03099, section 2.4.
"""

from __future__ import annotations

import math

from forecast.networks.shape import ForcingKind

EXPONENTIAL_END = 0.01
SIGMOID_K, SIGMOID_REACH = 10.0, 60.0


def forcing_share(kind: ForcingKind, progress: float, *, floor: float) -> float:
    """Share of the segments of which the truth is shown.

    Parameters
    ----------
    kind : str
        ``none``, ``linear``, ``exponential`` or ``inverse-sigmoid``.
    progress : float
        Of the fit, from 0 to 1.
    floor : float
        Least share of a schedule.

    Examples
    --------
    >>> forcing_share("linear", 0.25, floor=0.0), forcing_share("linear", 0.9, floor=0.2)
    (0.75, 0.2)
    """
    if kind == "none":
        return 1.0
    if kind == "linear":
        share = 1 - progress
    elif kind == "exponential":
        share = EXPONENTIAL_END**progress
    else:
        share = SIGMOID_K / (SIGMOID_K + math.exp(progress * SIGMOID_REACH / SIGMOID_K) - 1)
    return max(floor, share)
