"""The page of speed: every figure from what was measured, and a reason where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy.journal import Entry
from benchmarks.speed import __main__ as program
from benchmarks.speed import (
    accuracy,
    growth,
    limit,
    neighbours,
    process,
    start,
    step,
    training,
    walking,
)
from benchmarks.speed.asking import Job
from benchmarks.speed.cells import Cell, step_operations
from benchmarks.speed.page import SECTIONS, page
from benchmarks.speed.process import CONTENDERS, Contender
from forecast.training import precision

CELL = Cell(1, "gru", 64, 32, 1)
CELLS = {
    "training": (CELL,),
    "limit": (Cell(1, "gru", 256, 512, 1),),
    "growth": growth.SIZES[:2],
    "walking": walking.CELLS[:1],
    "neighbours": (CELL,),
    "step": (CELL,),
}


def entry(said: dict[str, dict[str, float]], failed: str | None = None) -> Entry:
    """The same answers in each round."""
    answers: list[dict[str, Any]] = [dict(said) for _ in range(6)]
    return Entry(["words"], {}, "c0de", "2 cores", [120.0], answers, failed)


def fit(step: float) -> dict[str, float]:
    return {"step": step, "before": 0.25, "after": 0.5, "peak": 557_440, "ready": 3.0}


def cells(text: str, *beginning: object) -> list[str]:
    """Cells of the first row that begins so."""
    wanted = [str(value) for value in beginning]
    rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    )
    return next(row for row in rows if row[: len(wanted)] == wanted)


def nothing(_: Job) -> Entry | None:
    return None


def test_a_row_has_steps_per_second_and_the_ratio_to_the_fastest_peer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Contender, "built", True)
    found = entry(
        {
            "ours": fit(0.01),
            "bare": fit(0.02),
            "neuralforecast": fit(0.04),
            "darts": fit(0.03),
        }
    )
    text = training.section(lambda _: found, [CELL], 5)
    assert cells(text, 1, "gru", 64, 32, 1)[5:] == [
        *("100", "as ours", "50", "25", "33.3"),
        *("2.00", "3.00", "3.00"),
    ]
    windows = text[text.index("Windows per second") :]
    assert cells(windows, 1, "gru")[5:] == ["3,200", "as ours", "1,600", "800", "1,067"]
    taken = text[text.index("Seconds:") :]
    assert cells(taken, 1, "gru")[5] == "3.00; 0.25 + 0.50"
    assert cells(text[text.index("Most memory") :], 1, "gru")[5] == "1 (2.0)"
    assert "beside the fastest peer: 3.00 times as fast in the median, 3.00 at least" in text


@pytest.mark.parametrize("native", [True, False])
def test_a_wide_row_is_shown_in_32_bits_and_in_the_precision_that_is_chosen(
    monkeypatch: pytest.MonkeyPatch, *, native: bool
) -> None:
    features = frozenset({"avx512_bf16"} if native else {"avx2"})
    monkeypatch.setattr(precision, "processor_features", lambda: features)
    monkeypatch.setattr(Contender, "built", True)
    wide = Cell(1, "gru", 256, 32, 1)
    asked: list[Job] = []

    def ask(job: Job) -> Entry | None:
        asked.append(job)
        took = {"ours": 0.01, "as it comes": 0.005, "bare": 0.02, "darts": 0.03}
        return entry({name: fit(took.get(name, 0.04)) for name in job.turns})

    text = training.section(ask, [wide], 5)
    assert ("as it comes" in asked[0].turns) is native
    shown = cells(text, 1, "gru", 256, 32, 1)
    assert shown[6] == ("200" if native else "as ours")
    assert shown[-3:] == ["2.00", "3.00", "6.00" if native else "3.00"]
    assert f"ours as it comes beside the fastest peer: {shown[-1]} times as fast" in text


def test_a_peer_without_its_environment_is_not_built_and_one_that_failed_says_why() -> None:
    found = entry({"ours": fit(0.01), "bare": fit(0.02)}, "darts: no memory")
    text = training.section(lambda _: found, [CELL], 5)
    assert cells(text, 1, "gru")[5:] == [
        *("100", "as ours", "50", "not built", "failed"),
        *("2.00", "", ""),
    ]
    assert "ours beside the fastest peer: not run" in text
    assert "Failed: darts: no memory" in text


def test_peers_that_are_not_built_are_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Job] = []

    def ask(job: Job) -> Entry | None:
        asked.append(job)
        return None

    monkeypatch.setitem(CONTENDERS, "darts", Contender("blocks", "nowhere"))
    monkeypatch.setitem(CONTENDERS, "neuralforecast", Contender("nixtla", "nowhere"))
    training.section(ask, [CELL], 5)
    assert asked[0].turns == ("ours", "bare")


@pytest.mark.parametrize("native", [True, False])
def test_the_limit_is_the_rate_of_the_products(
    monkeypatch: pytest.MonkeyPatch, *, native: bool
) -> None:
    features = frozenset({"amx_bf16"} if native else {"avx2"})
    monkeypatch.setattr(limit, "processor_features", lambda: features)
    cell = Cell(1, "gru", 256, 512, 1)
    work = step_operations(cell)
    products = limit.product_operations(cell)
    found = entry(
        {
            "ours 32": fit(work / 5e10),
            "products 32": fit(products / 1e11),
            "ours bf16": fit(work / 1e11),
            "products bf16": fit(products / 4e11),
        },
    )
    text = limit.section(lambda _: found, [cell], 5)
    assert cells(text, "gru", 256, 512, 1, "32")[5:] == ["50.0", "100.0", "50%", ""]
    if native:
        assert cells(text, "gru", 256, 512, 1, "bf16")[5:] == ["100.0", "400.0", "25%", "2.00"]
    assert ("does not multiply bf16 natively" in text) is not native


def test_a_neighbour_makes_training_slower_by_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    found = entry(
        {
            "ours alone": fit(0.1),
            "ours beside": fit(0.2),
            "bare alone": fit(0.1),
            "bare beside": fit(0.7),
        },
    )
    text = neighbours.section(lambda _: found, [CELL], 5)
    assert cells(text, "gru", 64, 32, "ours")[4:] == ["10", "5", "2.00"]
    assert cells(text, "gru", 64, 32, "bare")[-1] == "7.00"
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert "not run: there is one core" in neighbours.section(nothing, [CELL], 5)


def test_starts_are_held_against_bare_python_and_the_imports() -> None:
    took = {"python -c pass": 0.05, "forecast --help": 0.4, "import torch, pandas": 2.0}
    took |= {"forecast predict": 2.3, "forecast train": 4.0}  # the help of train failed
    found = entry(
        {name: {"seconds": 2 * value, "processor": value} for name, value in took.items()}
    )
    text = start.section(lambda _: found, 5)
    assert "`forecast --help` takes 8.0 times a bare `python -c pass` (goal: at most 8)" in text
    assert "`forecast predict` takes 0.30 seconds beyond importing torch and pandas" in text
    assert cells(text, "`forecast predict`") == ["`forecast predict`", "4.600", "2.300"]
    assert cells(text, "`forecast train --help`")[1:] == ["failed", "failed"]


def test_the_page_says_what_is_not_run_and_lists_versions_and_machine() -> None:
    empty = page(nothing, CELLS, 5, {"ours": "torch 2.13.0"})
    assert empty.count("Nothing of this is run yet.") == len(SECTIONS)
    assert cells(empty, 1, "gru")[5] == "not run"
    assert "- ours: torch 2.13.0" in empty

    def only_training(job: Job) -> Entry | None:
        return entry({"ours": fit(0.01), "bare": fit(0.02)}) if job.section == "training" else None

    text = page(only_training, CELLS, 5, {})
    assert text.count("Measured on 2 cores; code c0de; 2 minutes.") == 1
    training_alone = text[: text.index("## Time to accuracy")]
    assert training_alone.rstrip().endswith("Measured on 2 cores; code c0de; 2 minutes.")


def test_a_section_that_is_not_named_stays_as_it_was() -> None:
    def took(step: float) -> Callable[[Job], Entry | None]:
        return lambda job: entry({"ours": fit(step)}) if job.section == "training" else None

    first = page(took(0.01), CELLS, 5, {})
    assert page(took(0.02), CELLS, 5, {}, names=["step"], before=first) == first
    again = page(took(0.02), CELLS, 5, {}, names=["training"], before=first)
    assert cells(again, 1, "gru")[5] == "50"
    rest = slice(first.index("## Time to"), None)
    assert again.endswith(first[rest])


def test_the_program_writes_the_sections_that_are_named_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "all_versions", lambda: {"ours": "torch"})
    file = tmp_path / "page.md"
    file.write_text("# Speed\n\n## Start\nas it was\n\n## One step\nas it was\n", encoding="utf-8")
    words = ["--write", "--work", str(tmp_path / "work"), "--page", str(file)]
    assert program.main(["step", *words]) == 0
    text = file.read_text(encoding="utf-8")
    assert "## Start\nas it was\n" in text
    assert "## One step\nas it was\n" not in text
    assert program.main(words) == 0
    assert "as it was" not in file.read_text(encoding="utf-8")


def test_a_step_has_its_largest_operators_and_the_rest_together() -> None:
    shares = {f"aten::op{number}": 0.1 for number in range(10)}
    text = step.section(lambda _: entry({"ours": shares}), [CELL])
    assert cells(text, "gru", 64, 32, "`aten::op0`")[-1] == "10%"
    assert cells(text, "gru", 64, 32, "2 others")[-1] == "20%"
    assert cells(step.section(nothing, [CELL]), "gru", 64, 32)[3] == "not run"


def test_an_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.parse(["sped"])
    assert "no section 'sped'" in capsys.readouterr().err


def test_each_row_of_the_grids_is_asked_for_once() -> None:
    asked: list[Any] = []

    def ask(job: Job) -> Entry | None:
        asked.append(job.commands)
        return None

    sizes = program.sizes_of(program.parse([]))
    page(ask, sizes, 5, {})
    assert len(set(asked)) == len(asked)
    rows: Sequence[int] = [len(found) for found in sizes.values()]
    assert len(asked) >= sum(rows) + 1


def test_seconds_to_a_model_are_held_against_those_of_neuralforecast(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(accuracy, "DATASETS", tmp_path)
    assert "not run: ltsf/ETTh1.csv is not there" in accuracy.section(nothing, 5)
    (tmp_path / "ltsf").mkdir()
    (tmp_path / "ltsf" / "ETTh1.csv").touch()
    monkeypatch.setattr(Contender, "built", True)
    ours = {"seconds": 12.0, "mse": 0.37, "mae": 0.39, "kept": 1}
    peers = {"seconds": 600.0, "mse": 0.4521, "mae": 0.4306, "steps": 1000}

    def ask(job: Job) -> Entry | None:
        if job.ours:
            first, *others = accuracy.COMMANDS
            return entry({first: ours, **{name: {**ours, "kept": 0} for name in others}})
        return entry({"neuralforecast": peers}) if job.turns == ("neuralforecast",) else None

    text = accuracy.section(ask, 5)
    first, second, *_ = accuracy.COMMANDS
    assert cells(text, "ours", first)[3:] == ["12.0", "0.3700", "0.3900", "50"]
    assert cells(text, "ours", second)[2].endswith("the regression kept")
    assert cells(text, "neuralforecast")[2:] == ["1,000", "600", "0.4521", "0.4306", ""]
    assert cells(text, "darts")[3] == "not run"


def test_growth_has_the_slope_of_all_points_and_of_the_last_two() -> None:
    took = {10_000: 1.0, 100_000: 2.0, 1_000_000: 20.0}

    def ask(job: Job) -> Entry | None:
        rows = int(job.words.split()[1])
        peak = 4 * 17 * rows
        answer = {"train": took[rows], "train peak": peak, "predict": 0.5, "predict peak": 0}
        return entry({"ours": {**answer, "columns": 17 * rows}})

    text = growth.section(ask, growth.SIZES[:3])
    assert cells(text, "rows", "10,000")[4:] == ["1.00", "1", "4.0", "0.50", "0", "0.0"]
    assert cells(text[text.index("Slopes") :], "rows")[1:] == [
        "0.65; 1.00",
        "1.00; 1.00",
        "0.00; 0.00",
        "not run",
    ]


def test_the_chart_of_growth_is_drawn_of_what_is_known(tmp_path: Path) -> None:
    growth.draw(nothing, growth.SIZES[:2], tmp_path)
    assert not any(tmp_path.iterdir())
    answer = {"train": 1.0, "train peak": 9, "predict": 0.5, "predict peak": 0, "columns": 17}
    growth.draw(lambda _: entry({"ours": answer}), growth.SIZES[:2], tmp_path)
    assert (tmp_path / growth.CHART).read_bytes().startswith(b"\x89PNG")


def test_a_walk_at_once_is_held_against_one_by_one_and_darts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = {"at once": 1e-4, "one by one": 3e-3, "darts": 6e-4}
    found = entry({name: {"step": step} for name, step in steps.items()})
    text = walking.section(lambda _: found, walking.CELLS[:1], 5)
    assert cells(text, "gru", 1)[2:] == ["1.00", "30.00", "30.0", "6.00", "6.0"]
    monkeypatch.setattr(process, "PEERS", Path("nowhere"))
    asked: list[Job] = []

    def ask(job: Job) -> Entry | None:
        asked.append(job)
        return entry({name: {"step": steps[name]} for name in job.turns})

    text = walking.section(ask, walking.CELLS[:1], 5)
    assert asked[0].turns == ("at once", "one by one")
    assert cells(text, "gru", 1)[-2:] == ["not built", ""]
