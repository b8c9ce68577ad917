"""What networks are shown, as digests: two that are equal were shown the same, bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


class Looks:
    """Digests of all windows that networks were shown while it was recording."""

    def __init__(self) -> None:
        self.count = 0
        self._fill, self._features = hashlib.sha256(), hashlib.sha256()
        self._beside = False

    @property
    def fill(self) -> str | None:
        """Of the values, with what stands where some are missing; None where nothing was shown."""
        return self._fill.hexdigest() if self.count else None

    @property
    def features(self) -> str | None:
        """Of covariates and calendar; None where there are none."""
        return self._features.hexdigest() if self._beside else None

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Listen to every network of the process."""
        from torch.nn.modules.module import register_module_forward_pre_hook

        handle = register_module_forward_pre_hook(self._hear)
        try:
            yield
        finally:
            handle.remove()

    def _hear(self, module: nn.Module, arguments: tuple[object, ...]) -> None:  # noqa: ARG002
        from forecast.networks.window import Window

        for window in arguments:
            if not isinstance(window, Window):
                continue
            self.count += 1
            for part in (window.values, window.missing, window.padded):
                self._fill.update(b"-" if part is None else _bytes(part))
            if window.exogenous is not None:
                self._beside = True
                for part in window.exogenous:
                    self._features.update(_bytes(part))


def _bytes(tensor: Tensor) -> bytes:
    array = tensor.detach().cpu().contiguous().numpy()
    return repr(array.shape).encode() + array.tobytes()
