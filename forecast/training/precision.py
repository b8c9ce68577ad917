"""In how many bits a fit computes.

    32      float32 throughout
    bf16    matrix products in bfloat16, which has the range of float32 and 8 bits of precision;
            weights, their gradients, the optimiser and the loss stay in float32
    auto    bf16 where the hardware multiplies it natively and the network is wide enough for
            products to outweigh the conversions, else 32

The rule looks at facts of the hardware and at the configuration, never at a clock: the same
machine kind always chooses alike. A model trained in either forecasts in float32.

References
----------
Micikevicius et al. (2018), Mixed precision training; Kalamkar et al. (2019), A study of bfloat16
for deep learning training, which needs no loss scaling.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import torch

Precision: TypeAlias = Literal["32", "bf16"]

WIDE_HIDDEN = 256
"""On one core with AVX512-BF16 a step of gru, 256 wide, takes 0.6 of its time in float32."""
NATIVE = ("amx_bf16", "avx512_bf16")
CPU_FACTS = Path("/proc/cpuinfo")


def choose_precision(device: torch.device, *, hidden_size: int) -> tuple[Precision, str | None]:
    """Choose a precision, and say why; None where nothing was open."""
    if hidden_size < WIDE_HIDDEN:
        return "32", None
    where = "this GPU" if device.type == "cuda" else "this processor"
    width = f"hidden size {hidden_size} is at least {WIDE_HIDDEN}"
    if multiplies_bfloat16(device):
        return "bf16", f"trained in bf16: {width}, and {where} multiplies bfloat16 natively"
    return "32", f"trained in 32 bits: {width}, but {where} does not multiply bfloat16 natively"


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for products of bfloat16."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return any(feature in processor_features() for feature in NATIVE)


def processor_features() -> frozenset[str]:
    """Names of the processor's features as Linux gives them; none on other systems."""
    try:
        lines = CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


def computing_in(precision: Precision, device: torch.device) -> torch.autocast:
    """Return a context in which products are made in ``precision``."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")
