from __future__ import annotations

import os

import pytest
import torch

from forecast.errors import UsageError
from forecast.training.device import (
    GPU_WORK,
    WIDE_HIDDEN,
    choose_device,
    own_randomness,
    resolve_device,
    resolve_threads,
    threads_sentence,
)

CPU = torch.device("cpu")


def test_block_draws_the_same_numbers_whatever_the_caller_has_drawn() -> None:
    drawn = []
    for caller in (1, 2):
        torch.manual_seed(caller)
        with own_randomness(7, CPU, threads=1) as generator:
            drawn.append((torch.rand(3), torch.randperm(9, generator=generator)))
    assert torch.equal(drawn[0][0], drawn[1][0])
    assert torch.equal(drawn[0][1], drawn[1][1])


def test_state_and_threads_of_the_caller_come_back() -> None:
    torch.set_num_threads(1)
    before = torch.get_rng_state()
    with own_randomness(7, CPU, threads=2):
        assert torch.get_num_threads() == 2
        torch.rand(5)
    assert torch.get_num_threads() == 1
    assert torch.equal(torch.get_rng_state(), before)


def test_state_and_threads_of_the_caller_come_back_when_the_block_fails() -> None:
    torch.set_num_threads(1)
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), own_randomness(7, CPU, threads=2):
        torch.rand(5).tolist()[int(1 / 0)]
    assert torch.get_num_threads() == 1
    assert torch.equal(torch.get_rng_state(), before)


def test_device_that_is_not_there_is_refused_with_what_is() -> None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    with pytest.raises(UsageError, match=f"{count} CUDA devices are visible") as caught:
        resolve_device(f"cuda:{count}")
    assert "--device" in str(caught.value.fix)


def test_device_that_is_there_is_given() -> None:
    assert resolve_device("cpu") == CPU


@pytest.mark.parametrize(("there", "work"), [(True, GPU_WORK - 1), (False, 10 * GPU_WORK)])
def test_gpu_that_does_not_pay_or_is_not_there_is_left_alone(
    there: bool, work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    device, why = choose_device(work)
    assert device == CPU
    assert (why is not None) == there
    assert not there or f"computes {work:,} states, and a GPU pays from {GPU_WORK:,}" in str(why)


def test_gpu_that_pays_is_taken_and_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    device, why = choose_device(GPU_WORK)
    assert device.type == "cuda"
    assert f"{GPU_WORK:,} states, at least {GPU_WORK:,}" in str(why)


def test_threads_are_as_asked_else_every_core_where_more_than_one_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert resolve_threads(5, hidden_size=8, compiled=False) == 5
    assert resolve_threads(None, hidden_size=WIDE_HIDDEN - 1, compiled=False) == 1
    assert resolve_threads(None, hidden_size=WIDE_HIDDEN, compiled=False) == 3
    assert resolve_threads(None, hidden_size=8, compiled=True) == 3


def test_more_than_one_thread_is_said_and_whether_they_wait_asleep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    assert threads_sentence(1, hidden_size=WIDE_HIDDEN) is None
    assert threads_sentence(2, hidden_size=WIDE_HIDDEN - 1) is None
    asleep = "trained on up to 2 threads, one a core, which sleep while they wait"
    told = "(--threads 1 takes one)"
    assert threads_sentence(2, hidden_size=WIDE_HIDDEN) == f"{asleep} {told}"
    monkeypatch.delenv("OMP_WAIT_POLICY")
    awake = asleep.partition(", which")[0]
    assert threads_sentence(2, hidden_size=WIDE_HIDDEN) == f"{awake} {told}"
