"""What torch and OpenMP read from the environment once, when they are loaded."""

from __future__ import annotations

import os

SETTINGS = {
    # A spinning second thread is seven times slower than a sleeping one when another process holds
    # a core.
    "OMP_WAIT_POLICY": "PASSIVE",
    # What each step takes and gives back is a fifth of a step with a large batch where it comes in
    # small pages.
    "THP_MEM_ALLOC_ENABLE": "1",
}


def missing() -> dict[str, str]:
    """Return what the user has not set; it helps only where it is set before torch is imported."""
    return {name: value for name, value in SETTINGS.items() if name not in os.environ}
