from __future__ import annotations

import numpy as np
import pytest

from forecast.models.forcing import forcing_share
from forecast.networks.shape import ForcingKind

SCHEDULES: tuple[ForcingKind, ...] = ("linear", "exponential", "inverse-sigmoid")


@pytest.mark.parametrize("kind", SCHEDULES)
def test_share_falls_from_all_to_the_floor(kind: ForcingKind) -> None:
    shares = [forcing_share(kind, progress, floor=0.0) for progress in np.linspace(0, 1, 50)]
    assert shares[0] == pytest.approx(1.0)
    assert shares[-1] < 0.05
    assert shares == sorted(shares, reverse=True)
    floored = [forcing_share(kind, progress, floor=0.3) for progress in np.linspace(0, 1, 50)]
    np.testing.assert_allclose(floored, np.maximum(shares, 0.3))


def test_without_a_schedule_the_truth_is_always_shown() -> None:
    assert {forcing_share("none", progress, floor=0.0) for progress in (0.0, 0.5, 1.0)} == {1.0}


def test_inverse_sigmoid_keeps_the_truth_longest() -> None:
    early = {kind: forcing_share(kind, 0.1, floor=0.0) for kind in SCHEDULES}
    assert early["inverse-sigmoid"] > early["linear"] > early["exponential"]
