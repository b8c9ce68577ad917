from __future__ import annotations

from itertools import chain, pairwise

import pytest

from forecast.training.schedule import (
    FLOOR,
    ONE_CYCLE_END,
    ONE_CYCLE_START,
    PLATEAU_EPOCHS,
    Plateau,
    Schedule,
    ScheduleKind,
)

KINDS: tuple[ScheduleKind, ...] = ("cosine", "plateau", "constant", "exponential")


@pytest.mark.parametrize("kind", KINDS)
def test_rate_rises_linearly_to_its_peak_in_the_warm_up(kind: ScheduleKind) -> None:
    schedule = Schedule(kind, 0.8, warmup=4, total=100)
    rates = [schedule.rate(step) for step in range(5)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])


def test_cosine_falls_by_half_in_the_middle_and_to_its_floor_at_the_end() -> None:
    schedule = Schedule("cosine", 1.0, warmup=10, total=110)
    rates = [schedule.rate(step) for step in range(10, 111)]
    assert rates == sorted(rates, reverse=True)
    assert rates[50] == pytest.approx((1 + FLOOR) / 2)
    assert rates[100] == pytest.approx(FLOOR)
    assert schedule.rate(500) == pytest.approx(FLOOR)  # never rises again


def test_plateau_halves_after_each_spell_without_improvement_and_never_rises() -> None:
    schedule, plateau = Schedule("plateau", 1.0, warmup=0, total=100), Plateau()
    rates = []
    for loss in (5.0, *[5.0] * PLATEAU_EPOCHS, 4.0, 3.0, *[3.5] * 2 * PLATEAU_EPOCHS, 2.0):
        plateau.hear(loss)
        rates.append(schedule.rate(7, halvings=plateau.halvings))
    spell = [1.0] * (PLATEAU_EPOCHS - 1)
    spells = [*spell, 0.5], [0.5, 0.5], [*(0.5 * rate for rate in spell), 0.25]
    assert rates == [1.0, *chain(*spells), *(0.25 * rate for rate in spell), 0.125, 0.125]


def test_exponential_falls_by_the_same_factor_each_step_to_its_floor() -> None:
    schedule = Schedule("exponential", 2.0, warmup=10, total=110)
    rates = [schedule.rate(step) for step in range(10, 111)]
    factors = {round(after / before, 12) for before, after in pairwise(rates)}
    assert len(factors) == 1
    assert (rates[0], rates[-1]) == pytest.approx((2.0, 2.0 * FLOOR))


def test_one_cycle_rises_to_its_peak_and_falls_below_where_it_began() -> None:
    schedule = Schedule("one-cycle", 2.0, warmup=30, total=100)
    rates = [schedule.rate(step) for step in range(101)]
    assert rates[0] == pytest.approx(2.0 * ONE_CYCLE_START)
    assert rates[15] == pytest.approx(1 + ONE_CYCLE_START)  # half way along the half cosine
    assert rates[:31] == sorted(rates[:31])
    assert max(rates) == rates[30] == 2.0
    assert rates[30:] == sorted(rates[30:], reverse=True)
    assert rates[100] == pytest.approx(2.0 * ONE_CYCLE_END)


def test_constant_stays_at_its_peak() -> None:
    schedule = Schedule("constant", 0.3, warmup=0, total=10)
    assert {schedule.rate(step, halvings=step) for step in range(20)} == {0.3}


@pytest.mark.parametrize("kind", KINDS)
def test_fit_shorter_than_its_warm_up_has_a_rate(kind: ScheduleKind) -> None:
    schedule = Schedule(kind, 1.0, warmup=5, total=5)
    assert schedule.rate(5) == pytest.approx(1.0)
