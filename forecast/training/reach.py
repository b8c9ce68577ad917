"""How far gradients reach back through the steps of a recurrent network.

The loss is followed to what the recurrence reads at each step, not to the values themselves:
paths around the recurrence, such as a linear skip, reach every value with ease.

    reach = || d loss / d steps[first quarter] || / || d loss / d steps[last quarter] ||

References
----------
Bengio, Simard & Frasconi (1994), Learning long-term dependencies with gradient descent is
difficult; Pascanu, Mikolov & Bengio (2013), section 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "reader"
FEWEST_STEPS = 4

VANISHED, EXPLODED = 1e-6, 1e3
"""Beyond these a network learns next to nothing of the first steps, or of nothing else.

A part in a million is what float32 cannot hold beside the gradients of the last steps.
"""


def recurrent_reach(module: nn.Module, loss: Callable[[], Tensor]) -> float | None:
    """Follow the gradient of ``loss`` to the steps that the recurrence of ``module`` reads.

    Parameters
    ----------
    module : Module
        Its part called ``reader`` takes steps (B, T, E) first, and may take how many of the
        first steps of each row are padding (B,) third and where gradients are cut fourth.
    loss : callable
        Computes the loss of some examples.

    Returns
    -------
    float or None
        None without such a part, with fewer than four steps, where gradients are cut on purpose,
        or where none arrive at all. The mode of the module is as it was; no random number is drawn.
    """
    part = next((part for name, part in module.named_modules() if _last(name) == NAME), None)
    if part is None:
        return None
    seen: list[tuple[Tensor, ...]] = []
    handle = part.register_forward_pre_hook(lambda _, given: _follow(seen, given))
    training = module.training
    module.eval()
    try:
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            found = loss()  # cuDNN follows gradients in training mode only, which draws numbers
            if not seen or _is_cut(seen[0]):
                return None
            (gradient,) = torch.autograd.grad(found, seen[0][0])
    finally:
        handle.remove()
        module.train(training)
    return _ratio(gradient, seen[0])


def _follow(seen: list[tuple[Tensor, ...]], given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Remember what the recurrence is given the first time, and let its steps take a gradient."""
    if seen:
        return given
    steps = given[0] if given[0].requires_grad else given[0].detach().requires_grad_()
    seen.append((steps, *given[1:]))
    return seen[0]


def _is_cut(given: tuple[Tensor, ...]) -> bool:
    return len(given) > 3 and given[3] is not None  # noqa: PLR2004 - the fourth argument


def _ratio(gradient: Tensor, given: tuple[Tensor, ...]) -> float | None:
    if len(given) > 2 and given[2] is not None:  # noqa: PLR2004 - the third argument
        gradient = gradient[given[2] == 0]
    quarter = gradient.shape[1] // 4
    if gradient.shape[1] < FEWEST_STEPS or not len(gradient):
        return None
    gradient = gradient.double()  # squares of what is left of them are no float32
    first, last = (float(part.norm()) for part in (gradient[:, :quarter], gradient[:, -quarter:]))
    return first / last if last > 0 else None


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def reach_sentence(fit: str, ratio: float | None) -> str | None:
    """Say that gradients vanish or explode on their way to the first steps; None where they do not.

    ``fit`` begins with the name of the model.

    Examples
    --------
    >>> str(reach_sentence("rnn, final fit", 2e-9)).partition(": shorten")[0]
    'rnn, final fit: gradients reaching the first steps are 2e-9 of those at the last'
    """
    if ratio is None or VANISHED <= ratio <= EXPLODED:
        return None
    mantissa, _, exponent = f"{ratio:.0e}".partition("e")
    share = f"{mantissa}e{int(exponent)}" if ratio else "0"
    mend = ["shorten the context", "raise the segment length"]
    if not fit.startswith("gru"):
        mend.append("use gru")
    return (
        f"{fit}: gradients reaching the first steps are {share} of those at the last: "
        f"{', '.join(mend[:-1])} or {mend[-1]}"
    )
