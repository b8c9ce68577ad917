"""``check`` and ``init`` from the command line, and that what they propose runs."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import QUICK, command, environment
from tests.e2e.tables import contents, daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Done, Forecast, Refused

LOADED = """
import sys
sys.argv = ["forecast", "check", sys.argv[1]]
from forecast.cli.app import main
try:
    main()
except SystemExit as stop:
    assert stop.code == 0, stop.code
print(*sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
"""


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """Two numeric columns, a stamp that stands twice, a marker of missing values."""
    lines = daily([f"{y},{20 + day % 3}" for day, y in enumerate(values(200))])
    lines[0] = "date,sales,temperature"
    lines[50], lines[60], lines[70] = (f"{lines[at][:10]},-999,20" for at in (50, 60, 70))
    lines.append(lines[100].replace(",", ",1", 1))
    return write(tmp_path / "my sales.csv", lines)


@pytest.fixture
def _bare(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that asks for nothing; what it asks for would be part of the line."""
    for name in QUICK:
        monkeypatch.delenv(name)


def last_line(done: Done) -> str:
    assert done.code == 0, done.err
    return done.out.splitlines()[-1]


@pytest.mark.usefixtures("_bare")
def test_last_line_is_the_shortest_command_for_a_clean_file(
    forecast: Forecast, sales: Path
) -> None:
    done = forecast("check", sales)
    assert last_line(done) == f"forecast train {sales}"
    assert done.err == ""
    assert "--target sales --time date" in done.out  # all that was understood
    assert "fold 3" in done.out
    assert "\ngru, horizon 7, context " in done.out
    assert not [line for line in done.out.splitlines() if line.startswith("mend")]


@pytest.mark.usefixtures("_bare")
def test_proposed_line_runs_and_its_run_predicts(forecast: Forecast, messy: Path) -> None:
    line = last_line(forecast("check", messy))
    words = shlex.split(line)
    flags = ["--target", "sales", "--duplicates", "sum", "--missing-values=-999"]
    assert words == ["forecast", "train", str(messy), *flags]
    refused = forecast("train", messy, "--output", "without")
    assert refused.code == 2
    done = forecast(*words[1:], "--output", "run", "--folds", "1", "--max-steps", "3")
    assert done.code == 0, done.err
    ahead = forecast("predict", "run")
    assert ahead.code == 0, ahead.err
    rows = ahead.out.splitlines()[1:]
    assert len(rows) == 7
    assert all(float(row.split(",")[2]) > 20 for row in rows)  # no -999 was learnt


def test_line_of_all_that_was_understood_runs_as_well(forecast: Forecast, tmp_path: Path) -> None:
    shops = write(
        tmp_path / "shops.csv", long({"north": values(120), "south": values(120, seed=1)})
    )
    document = json.loads(forecast("check", shops, "--json").out)
    words = shlex.split(document["explicit_train"])
    assert "--id" in words
    done = forecast(*words[1:], "--output", "run", "--folds", "1", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["horizon"] == document["advice"]["horizon"]


def test_json_is_one_document_with_the_same_line(forecast: Forecast, messy: Path) -> None:
    line = last_line(forecast("check", messy))
    done = forecast("check", messy, "--json")
    assert done.err == ""
    document = json.loads(done.out)
    assert document["schema"] == 1
    assert document["command"] == "check"
    assert document["train"] == line
    mend = [found["code"] for found in document["findings"] if found["severity"] == "mend"]
    assert mend == ["target", "duplicates", "sentinel"]
    assert document["settings"]["data.target"] == ["sales"]
    assert json.loads(forecast("check", messy, "--json").out) == document


def test_strict_exits_with_5_when_something_must_be_mended(forecast: Forecast, messy: Path) -> None:
    assert forecast("check", messy).code == 0
    done = forecast("check", messy, "--strict", "--json")
    assert done.code == 5
    assert json.loads(done.out)["train"] is not None
    assert done.err.startswith("error: 3 of ")
    again = shlex.split(json.loads(done.out)["train"])[2:]
    assert forecast("check", *again, "--strict").code == 0


def test_strict_is_content_with_a_clean_file(forecast: Forecast, sales: Path) -> None:
    assert forecast("check", sales, "--strict").code == 0


def test_too_few_rows_leave_no_line(forecast: Forecast, tmp_path: Path) -> None:
    short = write(tmp_path / "short.csv", daily(values(20)))
    done = forecast("check", short, "--horizon", "15")
    assert done.code == 0
    assert "mend  20 rows are too few" in done.out
    assert "forecast train" not in done.out
    document = json.loads(forecast("check", short, "--horizon", "15", "--json").out)
    assert document["train"] is None
    assert document["advice"] is None
    assert forecast("check", short, "--horizon", "15", "--strict").code == 5


@pytest.mark.parametrize(("year", "flag"), [("0021", "since"), ("2921", "until")])
def test_row_of_a_mistyped_year_is_left_out_by_the_line(
    forecast: Forecast, tmp_path: Path, year: str, flag: str
) -> None:
    lines = daily(values(90))
    lines[40] = year + lines[40][4:]
    path = write(tmp_path / "typo.csv", lines)
    done = forecast("check", path)
    assert "one row lies" in done.out
    assert "(row 41)" in done.out
    assert f"--{flag} " in last_line(done)
    assert forecast(*shlex.split(last_line(done))[1:], "--model", "naive").code == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("date,sales\n2024-01-01,5\n2024-01-02,many\n2024-01-03,7\n", 3),
        ("date,a\n2024-01-01,1,2\n2024-01-02,3,4\n", 3),
        ("", 3),
        ("date,shop\n2024-01-01,a\n", 3),
    ],
    ids=["text", "wide", "empty", "numberless"],
)
def test_what_no_flag_mends_is_refused(
    refused: Refused, tmp_path: Path, text: str, code: int
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    for verb in ("check", "init"):
        refused(code, verb, path)


def test_missing_file_is_refused(refused: Refused) -> None:
    refused(2, "check", "nowhere.csv")


@pytest.mark.usefixtures("_bare")
def test_flags_that_were_given_are_part_of_the_line(forecast: Forecast, sales: Path) -> None:
    line = last_line(forecast("check", sales, "--horizon", "3", "--set", "model.skip=none"))
    assert line == f"forecast train {sales} --horizon 3 --set model.skip=none"


def test_what_the_environment_asks_for_is_part_of_the_line(forecast: Forecast, sales: Path) -> None:
    assert "--max-steps 3" in last_line(forecast("check", sales))


def test_standard_input_is_checked(sales: Path, messy: Path) -> None:
    for path, flags in ((sales, ""), (messy, " --target sales")):
        done = subprocess.run(
            command("check", "-"),
            input=path.read_bytes(),
            capture_output=True,
            env=environment(),
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        line = done.stdout.decode().splitlines()[-1]
        assert line.startswith(f"forecast train -{flags}")


def test_neither_torch_nor_a_chart_library_is_loaded(sales: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(sales)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "pandas" in loaded
    assert loaded.isdisjoint({"torch", "sklearn", "matplotlib"})


def test_many_series_are_shown_by_the_first_few_and_summed(
    forecast: Forecast, tmp_path: Path
) -> None:
    many = {f"shop {number:02d}": values(60, seed=number) for number in range(12)}
    done = forecast("check", write(tmp_path / "shops.csv", long(many)))
    assert "shop 04" in done.out
    assert "shop 05" not in done.out
    assert "and 7 more; all 12 have 60 steps" in done.out
    document = json.loads(forecast("check", tmp_path / "shops.csv", "--json").out)
    assert len(document["series"]) == 12


def test_init_prints_yaml_that_trains(forecast: Forecast, messy: Path) -> None:
    done = forecast("init", messy)
    assert done.code == 0, done.err
    assert done.err == ""
    Path("sales.yaml").write_text(done.out, encoding="utf-8")
    trained = forecast("train", messy, "--config", "sales.yaml", "--output", "run", "--folds", "1")
    assert trained.code == 0, trained.err
    assert forecast("predict", "run").code == 0


def test_init_writes_a_file_and_says_what_to_do_with_it(
    forecast: Forecast, messy: Path, tmp_path: Path
) -> None:
    done = forecast("init", messy, "--output", "sales.yaml")
    assert done.code == 0, done.err
    assert done.out == ""
    said = done.err.strip().rpartition("next: ")[2]
    assert said == f"forecast train '{messy}' --config sales.yaml"
    before = contents(tmp_path)
    assert forecast("init", messy, "--output", "sales.yaml").code == 2
    assert contents(tmp_path) == before
    assert forecast("init", messy, "--output", "sales.yaml", "--force", "--quiet").err == ""
    trained = forecast(*shlex.split(said)[1:], "--output", "run", "--folds", "1", "--quiet")
    assert trained.code == 0, trained.err


def test_init_as_json_holds_the_yaml(forecast: Forecast, sales: Path) -> None:
    document = json.loads(forecast("init", sales, "--json").out)
    assert document["command"] == "init"
    assert document["yaml"] == forecast("init", sales).out
    assert document["to_mend"] == []
