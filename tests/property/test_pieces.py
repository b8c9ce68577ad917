"""A text read in pieces gives what it gives when it is read as a whole, errors included."""

from __future__ import annotations

import csv
import functools
import io
from pathlib import Path
from typing import Literal
from unittest import mock

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from forecast.data.file import raw
from forecast.data.file.dialect import Dialect
from forecast.data.file.pieces import parse_pieces
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.read import Table, read_table
from forecast.errors import ForecastError

IDS = ("001", "1", "NA", "store b", "Zürich", 'a"b', "x,y", "", " padded", "#1", "true")
NUMBERS = ("7", "-0", "1.5", "1e3", ".5", "0.1234567890123456789", "12345678901234567890", "+2")
MISSING = ("", "NA", "nan", "-", "?", "None", "n/a", "NA ", " NA")
MARKED = ("1,5", "1,234", "1,234.5", "1.234,5", "1 234", "1'000", "-999", "-999.0", "12")
ODD = ("x", "1_0", "inf", "1e400", "True", "1..2", "\u00a01", "\uff11", "a\nb", '"', "#", " ", "\r")
LINES = ("", " ", "# c", "#a,b,1,2", ",,,", "a,b,1,2,", "a,b,1,2,3", "a", '"a', "Total,,3,4", "\r")
ENDS = ("\n", "\n", "", "\n\n", "\n \n", "\n001,2021-01", '\n"')
BYTES = (b"\0", b"\xff", b"\r", b"\n", b'"', b" ", b"\xc3\xa9", b",")
QUOTING: tuple[Literal[0, 1, 3], ...] = (0, 0, 1, 3)  # the least, all, none
CHOICES = (
    ColumnChoice(),
    ColumnChoice(target=("y",)),
    ColumnChoice(target=("x",), time=("ds",), id=("unique_id",)),
    ColumnChoice(time=("ds",), layout="wide"),
)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Long and regular, but for some cells, lines or bytes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count, series = draw(st.integers(1, 450)), draw(st.integers(1, 4))
    ids = rng.choice(IDS if draw(st.booleans()) else IDS[:4], series)
    form = draw(st.sampled_from(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%d.%m.%Y", "%Y%m%d"]))
    stamps = pd.date_range("2021-01-01", periods=-(-count // series), freq="D").strftime(form)
    cells = draw(st.sampled_from([NUMBERS, (*NUMBERS, *MISSING), ("0", "1"), MARKED, MARKED[:1]]))
    rows = [
        [ids[at // len(stamps)], stamps[at % len(stamps)], *rng.choice(cells, 2)]
        for at in range(count)
    ]
    any_cell = st.sampled_from([*NUMBERS, *MISSING, *MARKED, *ODD])
    spots = st.tuples(st.integers(0, count - 1), st.integers(0, 3), any_cell)
    for at, place, cell in draw(st.lists(spots, max_size=2)):
        rows[at][place] = cell
    separator, quoting = draw(st.sampled_from(",,;\t")), draw(st.sampled_from(QUOTING))
    written = io.StringIO()
    writer = csv.writer(
        written, delimiter=separator, quoting=quoting, escapechar="\\", lineterminator="\n"
    )
    writer.writerows([["unique_id", "ds", "y", "x"], *rows])
    lines = written.getvalue()[:-1].split("\n")
    for at, line in draw(
        st.lists(st.tuples(st.integers(0, 450), st.sampled_from(LINES)), max_size=1)
    ):
        lines.insert(1 + at % len(lines), line.replace(",", separator))
    text = "\n".join(lines) + draw(st.sampled_from(ENDS))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "cp1252"])), "ignore")
    if draw(st.booleans()):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(BYTES)) + data[at:]
    return data


DIALECTS = st.builds(
    Dialect,
    decimal=st.sampled_from(["auto", "auto", "comma"]),
    comment=st.sampled_from(["auto", "auto", "none"]),
    missing_values=st.sampled_from([(), (), ("-999",), ("12",)]),
    allow_truncated=st.booleans(),
    no_header=st.sampled_from([False, False, False, True]),
)


def outcome(path: Path, choice: ColumnChoice, dialect: Dialect, size: int | None) -> object:
    """What reading gives, in pieces of so many bytes or, without a size, as a whole."""
    reader = functools.partial(parse_pieces, size=size) if size else mock.Mock(return_value=None)
    with mock.patch.object(raw, "parse_pieces", reader):
        try:
            return read_table(path, columns=choice, dialect=dialect)
        except ForecastError as error:
            return type(error), str(error), error.location, error.fix


def contents(table: object) -> object:
    if not isinstance(table, Table):
        return table
    frame = table.frame
    values = frame["y"].to_numpy().tobytes(), frame["row"].tolist()
    when = frame["ds"].tolist(), str(frame["ds"].dtype), frame["unique_id"].astype(str).tolist()
    about = table.time_kind, table.columns, table.n_rows, table.notes, table.hint
    return when, values, about, list(frame["unique_id"].cat.categories)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=texts(),
    size=st.integers(150, 4000),
    choice=st.sampled_from(CHOICES),
    dialect=DIALECTS,
)
@example(b"unique_id,ds,y\na,2021-01-01,1\n" + b"a,2021-01-02,True\n", 20, CHOICES[1], Dialect())
@example(
    b'unique_id,ds,y\na,2021-01-01,1\na"b,2021-01-02,2\na"b,2021-01-03,3\na,2021-01',
    20,
    CHOICES[1],
    Dialect(),
)
def test_pieces_and_the_whole_give_the_same_table_or_the_same_error(
    tmp_path: Path, data: bytes, size: int, choice: ColumnChoice, dialect: Dialect
) -> None:
    path = tmp_path / "series.csv"
    path.write_bytes(data)
    in_pieces = outcome(path, choice, dialect, size)
    assert contents(in_pieces) == contents(outcome(path, choice, dialect, None))
