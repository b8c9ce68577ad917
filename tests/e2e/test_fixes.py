"""What an error says mends it, does: the flag it names, or the change to the file it asks for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.conftest import Forecast
from tests.e2e.tables import daily, values

FLAG = re.compile(r"""--[a-z][a-z-]*(?:[= ](?:'[^']*'|"[^"]*"|[^\s,;'"()?-][^\s,;'"()?|]*|--))?""")
DAYS = daily(values(80))


@dataclass(frozen=True)
class Bad:
    """A file and flags that are refused, and how to follow what the refusal says.

    ``mend`` tells which of the flags named in the fix to pass, counted from 0; or gives flags, of
    which the last stands in the fix; or changes the text as the fix asks. ``without`` are the
    flags that were the mistake, and ``then`` is what is refused next, for a reason of its own.
    """

    text: str | bytes
    says: str
    mend: Sequence[int] | str | Callable[[str], str] = (0,)
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    then: str = ""


def rows(
    header: str, cells: Sequence[object], *, start: str = "2024-01-01", freq: str = "D"
) -> str:
    stamps = pd.date_range(start, periods=len(cells), freq=freq)
    shown = stamps.strftime("%Y-%m-%d" if freq in ("D", "MS") else "%Y-%m-%d %H:%M")
    return "\n".join([header, *(f"{a}{b}" for a, b in zip(shown, cells, strict=True))]) + "\n"


def marked(cell: str) -> str:
    """80 days of which one holds a cell that is no number."""
    return rows("date;y", [f";{cell if at == 40 else at % 7}" for at in range(80)])


def months(form: str) -> str:
    stamps = pd.date_range("2015-01-01", periods=80, freq="MS")
    return "date,y\n" + "".join(f"{a},{n % 12}\n" for n, a in enumerate(stamps.strftime(form)))


def panel(*ids: Sequence[str]) -> str:
    index = pd.MultiIndex.from_product([*ids, pd.date_range("2024-01-01", periods=40)])
    frame = pd.DataFrame({"y": range(len(index))}, index=index).reset_index()
    frame.columns = pd.Index([*[f"id{n}" for n in range(len(ids))], "date", "y"])
    return frame.to_csv(index=False)


def hours() -> str:
    lines = [f"2024-01-{day:02d},{hour},{hour}" for day in range(1, 21) for hour in range(24)]
    return "\n".join(["date,hour,y", *lines]) + "\n"


def local_year() -> str:
    year = pd.date_range("2024-10-01", "2024-11-10", freq="h", tz="Europe/Paris")
    return "t,y\n" + "".join(
        f"{t},{n % 24}\n" for n, t in enumerate(year.strftime("%Y-%m-%d %H:%M"))
    )


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


TEXT = "\n".join(DAYS) + "\n"
BODY = "\n".join(DAYS[1:]) + "\n"
CASES: dict[str, Bad] = {
    "day or month": Bad(months("%m/01/%Y"), "may be"),
    "unknown dates": Bad(months("%Y:%m"), "written in a way that is not known"),
    "dates that are none": Bad(months("%Y:%m"), "written in a way that is not known", (1,)),
    "named dates of another form": Bad(
        months("%Y:%m"), "is not a date", lambda text: text.replace(":", "-"), ("--time", "date")
    ),
    "one wrong date": Bad(
        TEXT.replace("2024-01-05", "5th of January"),
        "'5th of January' is not a date",
        replaced("5th of January", "2024-01-05"),
    ),
    "a row without time": Bad(
        TEXT.replace("2024-01-05", ""), "1 row has no time", lambda text: re.sub("\n,.*", "", text)
    ),
    "several targets": Bad(
        rows("date,temp,sales", [f",{n},{n % 7}" for n in range(80)]), "could be the target"
    ),
    "either mark": Bad(rows("date;y", [f";{n + 1},{n + 100}" for n in range(80)]), "may be"),
    "the other mark": Bad(
        rows("date;y", [f";{n + 1},{n + 100}" for n in range(80)]), "may be", (1,)
    ),
    "a marker": Bad(marked(".."), "'..' is not a number"),
    "two hyphens": Bad(marked("--"), "'--' is not a number"),
    "a marker with blanks": Bad(marked("not yet"), "'not yet' is not a number"),
    "an unusual number": Bad(marked("12 kg"), "'12 kg' is not a number", replaced("12 kg", "12")),
    "infinite": Bad(marked("inf"), "infinite", replaced("inf", "")),
    "units": Bad(
        rows("date,y", [f",{n} kg" for n in range(80)]), "no numeric column", replaced(" kg", "")
    ),
    "some percent": Bad(
        rows("date,y", [f",{n}{'%' if n % 3 else ''}" for n in range(80)]),
        "no numeric column",
        replaced("%", ""),
    ),
    "no numbers": Bad(
        "date\n" + "".join(f"{line[:10]}\n" for line in DAYS[1:]),
        "no numeric column",
        lambda text: re.sub("\n(.+)", r"\n\1,3", text.replace("date", "date,y", 1)),
    ),
    "renamed column": Bad(
        TEXT, "no column 'sale'", (0,), ("--target", "sale"), ("--target", "sale")
    ),
    "duplicates": Bad(TEXT + DAYS[5] + "\n", "duplicate timestamp"),
    "a date and an hour": Bad(hours(), "duplicate timestamps", (0, 1)),
    "an id of two columns": Bad(panel(["a", "b"], ["x", "y"]), "duplicate timestamps", (0, 1)),
    "two ids that would do": Bad(
        panel(["a", "b"]).replace("id0,", "id0,id1,").replace("a,", "a,x,").replace("b,", "b,y,"),
        "duplicate timestamps",
    ),
    "no header": Bad(BODY, "the file has no header"),
    "no header, one added": Bad(BODY, "the file has no header", lambda text: "date,y\n" + text),
    "header alone": Bad("date,y\n", "no rows", lambda _: TEXT),
    "empty": Bad("", "empty", lambda _: TEXT),
    "cut off": Bad(TEXT + "2024-05", "the last line is cut off"),
    "more values than names": Bad(
        re.sub("\n(.*),", r"\n\1,7,", TEXT.strip()),
        "3 values but the header has 2 names",
        replaced("date,sales", "date,seven,sales"),
        ("--target", "sales"),
    ),
    "values without name": Bad(
        re.sub(",", ",7,", TEXT).replace("date,7,", "date,,"),
        "does not name it",
        replaced("date,,", "date,seven,"),
        ("--target", "sales"),
    ),
    "a name twice": Bad(
        re.sub(",", ",7,", TEXT).replace("date,7,", "date,sales,"),
        "more than once",
        replaced("date,sales,", "date,seven,"),
        ("--target", "sales"),
    ),
    "off the grid": Bad(
        rows("t,y", [f",{n % 24}" for n in range(240)], freq="h").replace(" 05:00", " 05:17"),
        "do not lie on the grid",
        (0, 1),
    ),
    "another frequency": Bad(
        TEXT, "do not lie on the grid", (0,), ("--freq", "W-MON"), ("--freq", "W-MON")
    ),
    "no frequency": Bad(TEXT, "is not a frequency", (0,), ("--freq", "daily"), ("--freq", "daily")),
    "one row": Bad("date,y\n2024-01-01,1\n", "does not tell the frequency", then="too few"),
    "clocks put back": Bad(local_year(), "duplicate timestamp"),
    "half of it zoned": Bad(
        rows("t,y", [f"{'Z' if n % 2 else ''},{n % 24}" for n in range(240)], freq="h"),
        "no time zone",
        replaced("Z", ""),
    ),
    "too large": Bad(
        TEXT, "larger than", (0,), ("--set", "data.max_bytes=100"), ("--set", "data.max_bytes=100")
    ),
    "damaged text": Bad(
        "größe,äöü\n".encode() + BODY.encode() + b"2025-01-01,\xff\n",
        "damaged UTF-8",
        then="'ÿ' is not a number",
    ),
    "counted rows": Bad(
        "y\n" + "3\n5\n4\n" * 30, "needs dates", lambda _: "date,y\n" + BODY, ("--freq", "D")
    ),
    "outside": Bad(
        TEXT, "no row is left", "--since 2024-01-01", ("--since", "2030"), ("--since", "2030")
    ),
    "no such series": Bad(
        TEXT, "meets none", "--series sales", ("--series", "x"), ("--series", "x")
    ),
    "an id twice": Bad(
        "id,V1,V2,V3,V4\na,1,2,3,4\na,1,2,3,4\n",
        "stands in 2 rows",
        lambda text: text.replace("\na,", "\nb,", 1),
        ("--layout", "rows"),
    ),
    "unknown zone": Bad(
        TEXT,
        "is no time zone",
        "--set data.time_zone=Europe/Paris",
        ("--set", "data.time_zone=Mars"),
        ("--set", "data.time_zone=Mars"),
    ),
    "short for the horizon": Bad(
        "\n".join(DAYS[:9]) + "\n", "too few", (0,), ("--horizon", "7"), ("--horizon", "7")
    ),
    "short for the folds": Bad(
        TEXT, "too few", (0,), ("--horizon", "7", "--folds", "40"), ("--folds", "40")
    ),
    "window too short": Bad(
        TEXT,
        "too small",
        (0,),
        ("--horizon", "7", "--folds", "1", "--max-train-size", "9"),
        ("--max-train-size", "9"),
    ),
    "rolling without size": Bad(TEXT, "is not set", (0,), ("--folds", "1", "--window", "rolling")),
    "sizes beyond the rows": Bad(
        TEXT,
        "too few",
        (0,),
        ("--horizon", "7", "--train-size", "60", "--test-size", "60"),
        ("--test-size", "60"),
    ),
    "a test block too short": Bad(
        TEXT,
        "holds no whole horizon",
        (0,),
        ("--horizon", "7", "--test-size", "3"),
        ("--test-size", "3"),
    ),
    "a validation block too short": Bad(
        TEXT,
        "hold no whole horizon",
        (0,),
        ("--horizon", "7", "--validation-size", "3"),
        ("--validation-size", "3"),
    ),
    "a size that is no fraction": Bad(
        TEXT,
        "must be",
        (0,),
        ("--horizon", "7", "--test-size", "1.5"),
        ("--test-size", "1.5"),
    ),
    "unknown key": Bad(
        TEXT,
        "unknown key",
        "--set data.time_zone=UTC",
        ("--set", "data.time_zon=UTC"),
        ("--set", "data.time_zon=UTC"),
    ),
    "no equals sign": Bad(
        TEXT, "has no '='", (1,), ("--set", "model.skip"), ("--set", "model.skip")
    ),
    "a word for a number": Bad(TEXT, "must be", (0,), ("--epochs", "many"), ("--epochs", "many")),
    "one name twice": Bad(
        TEXT,
        "was given as",
        "--target sales",
        ("--time", "date", "--target", "date"),
        ("--target", "date"),
    ),
    "not dated, resampled": Bad(
        "y\n" + "3\n5\n4\n" * 30, "needs dates", "", ("--resample", "W"), ("--resample", "W")
    ),
}


def flags_in(fix: str) -> list[list[str]]:
    """Flags named in a fix, with their values, as a shell reads them."""
    return [shlex.split(found) for found in FLAG.findall(fix)]


@pytest.mark.parametrize("name", list(CASES))
def test_following_the_fix_gets_further(forecast: Forecast, tmp_path: Path, name: str) -> None:
    bad = CASES[name]
    data = tmp_path / "data.csv"
    data.write_bytes(bad.text if isinstance(bad.text, bytes) else bad.text.encode())
    base = ["train", "data.csv", "--model", "naive", "--output", "run"]
    base += [] if "--folds" in bad.flags or "size" in str(bad.flags) else ["--folds", "0"]
    done = forecast(*base, *bad.flags)
    what, fix = _error(done.err)
    assert bad.says in what
    extra: list[str] = []
    if callable(bad.mend):
        assert isinstance(bad.text, str)
        data.write_text(bad.mend(bad.text), encoding="utf-8")
    elif isinstance(bad.mend, str):
        extra = shlex.split(bad.mend)
        assert not extra or any(part in fix for part in extra[-1].split("="))
    else:
        named = flags_in(fix)
        extra = [word for at in bad.mend for word in named[at]]
    again = forecast(*base, *_left(bad.flags, bad.without), *extra)
    if bad.then:
        assert bad.then in _error(again.err)[0]
    else:
        assert again.code == 0, again.err


def _error(talk: str) -> tuple[str, str]:
    """What went wrong and how to mend it."""
    lines = talk.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("error: "))
    assert lines[-1].startswith("  fix: "), talk
    return lines[start], lines[-1].removeprefix("  fix: ")


def _left(flags: tuple[str, ...], without: tuple[str, ...]) -> list[str]:
    """Flags without those that were the mistake."""
    pairs = list(zip(flags[::2], flags[1::2], strict=True))
    gone = list(zip(without[::2], without[1::2], strict=True))
    return [word for pair in pairs if pair not in gone for word in pair]
