from __future__ import annotations

from pathlib import Path

import pytest
import torch

from forecast.training import precision
from forecast.training.precision import WIDE_HIDDEN, choose_precision, processor_features

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for /proc/cpuinfo."""
    monkeypatch.setattr(precision, "CPU_FACTS", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


@pytest.mark.parametrize("native", ["amx_bf16", "avx512_bf16"])
def test_wide_network_on_a_processor_that_multiplies_bfloat16_takes_it(
    features: Path, native: str
) -> None:
    features.write_text(f"processor : 0\nflags\t\t: fpu {native} sse\nmodel : 1\n")
    chosen, why = choose_precision(CPU, hidden_size=WIDE_HIDDEN)
    assert chosen == "bf16"
    assert f"hidden size {WIDE_HIDDEN} is at least {WIDE_HIDDEN}" in str(why)
    assert choose_precision(CPU, hidden_size=WIDE_HIDDEN - 1) == ("32", None)


def test_wide_network_elsewhere_stays_in_32_bits_and_it_is_said_why(features: Path) -> None:
    features.write_text("flags : fpu avx512f avx512_bf16_not\n")
    chosen, why = choose_precision(CPU, hidden_size=WIDE_HIDDEN)
    assert chosen == "32"
    assert "does not multiply bfloat16 natively" in str(why)


def test_system_that_tells_no_features_has_none(features: Path) -> None:
    assert processor_features() == frozenset()


@pytest.mark.parametrize(("able", "chosen"), [(True, "bf16"), (False, "32")])
def test_gpu_is_asked_what_it_can(able: bool, chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: able)
    assert choose_precision(GPU, hidden_size=WIDE_HIDDEN)[0] == chosen
