"""The traps of public files, each in a few lines of the file's own form with made-up values.

Each excerpt goes through ``check``; what that proposes must be what the file is about, and the
values must stand where the file has them.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import forecast
from forecast.data.load import Reading
from forecast.errors import SchemaError
from forecast.workflows.reading import read_data

CRLF = "\r\n"


@dataclass(frozen=True)
class Excerpt:
    """A few lines of a file, and what they mean."""

    lines: list[str]
    freq: str | None
    series: int = 1
    steps: int = 0
    absent: int = 0
    empty: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[tuple[str, str], float] = field(default_factory=dict)
    end: str = "\n"
    name: str = "excerpt.csv"


def days(month: str, count: int) -> list[str]:
    return [f"{month}-{day:02d}" for day in range(1, count + 1)]


def rows(stamps: list[str], *cells: str) -> list[str]:
    """Lines that begin with a stamp; ``#`` in a cell stands for the number of the row."""
    return [
        ",".join([stamp, *cells]).replace("#", str(10 + place))
        for place, stamp in enumerate(stamps)
    ]


MONTHS = [f"19{year}-{month:02d}" for year in (49, 50) for month in range(1, 13)][:14]
HOURS = [f"{hour:02d}:00:00" for hour in range(12)]

EXCERPTS = {
    "airline-passengers": Excerpt(
        ['"Month","Passengers"', *rows([f'"{month}"' for month in MONTHS], "#")],
        freq="MS",
        steps=14,
        end=CRLF,  # quoted header, months without a day, CRLF
        values={("Passengers", "1949-01-01"): 10, ("Passengers", "1950-02-01"): 23},
    ),
    "daily-min-temperatures": Excerpt(
        ["Date,Temp", *rows([f"1984-12-{day}" for day in range(22, 31)], "#.5"), "1985-01-01,3"],
        freq="D",
        steps=11,
        absent=1,  # 31 December of a leap year
        end=CRLF,
        values={("Temp", "1984-12-31"): np.nan, ("Temp", "1985-01-01"): 3},
    ),
    "monthly-sunspots": Excerpt(
        ['"Month","Sunspots"', *rows([f'"1749-{m:02d}"' for m in range(1, 13)], "#.1")],
        freq="MS",
        steps=12,
        end=CRLF,
        values={("Sunspots", "1749-12-01"): 21.1},  # before 1900
    ),
    "shampoo": Excerpt(
        ['"Month","Sales"', *rows([f'"{y}-{m:02d}"' for y in (1, 2) for m in range(1, 8)], "#.0")],
        freq=None,  # year 1 is no date: rows are counted
        steps=14,
        end=CRLF,
        values={("Sales", "0"): 10, ("Sales", "13"): 23},
    ),
    "ausbeer": Excerpt(
        ["Y,date", *(f"{200 + i},{y}-{m:02d}-01" for i, (y, m) in enumerate(
            (y, m) for y in (1956, 1957, 1958) for m in (1, 4, 7, 10)
        ))],
        freq="QS",
        steps=12,
        values={("Y", "1956-01-01"): 200, ("Y", "1958-10-01"): 211},  # value first, date second
    ),
    "monthly-milk-incomplete": Excerpt(
        ["Month,Pounds per cow", *rows([*MONTHS[:4], *MONTHS[6:]], "#")],
        freq="MS",
        steps=14,
        absent=2,  # as absent rows; a column name with blanks
        values={("Pounds per cow", "1949-05-01"): np.nan, ("Pounds per cow", "1949-07-01"): 14},
    ),
    "co2_maunaloa_weekly": Excerpt(
        ["date,co2", "19580329,316.1", "19580405,317.3", "19580412,", "19580419,317.5",
         "19580426,316.4", "19580503,316.9", "19580510,", "19580517,317.5", "19580524,317.9"],
        freq="W-SAT",  # integers that are dates
        steps=9,
        empty=2,
        values={("co2", "1958-03-29"): 316.1, ("co2", "1958-05-10"): np.nan},
    ),
    "example_wp_log_peyton_manning": Excerpt(
        ['"ds","y"', *(f'"2008-01-{day:02d}",{day}.25' for day in range(20, 30)),
         '"2008-02-01",5', '"2008-02-02",6'],
        freq="D",
        steps=14,
        absent=2,
        values={("y", "2008-01-30"): np.nan, ("y", "2008-02-01"): 5},
    ),
    "exchange_rate.csv": Excerpt(
        ["date,0,1,OT", *(f"1990/1/{day} 0:00,0.{day:02d},1.{day:02d},2.{day:02d}"
                          for day in range(1, 13))],
        freq="D",  # slashes, unpadded, with an hour
        steps=12,
        end=CRLF,
        settings={"data.target": ("OT",)},
        values={("OT", "1990-01-01"): 2.01, ("OT", "1990-01-12"): 2.12},
    ),
    "exchange_rate.txt": Excerpt(
        [f"0.{i:02d},1.{i:02d},2.{i:02d}" for i in range(10, 24)],
        freq=None,
        series=3,
        steps=42,  # neither header nor index
        settings={"data.no_header": True, "data.target": ("all",)},
        values={("column_1", "0"): 0.10, ("column_3", "13"): 2.23},
    ),
    "ETTh1": Excerpt(
        ["date,HUFL,HULL,OT", *rows([f"2016-07-01 {hour}" for hour in HOURS], "5.8", "2.0", "#")],
        freq="h",
        steps=12,
        settings={"data.target": ("OT",)},
        values={("OT", "2016-07-01 11:00:00"): 21},
    ),
    "ETTm1": Excerpt(
        ["date,HUFL,OT", *rows([f"2016-07-01 {h:02d}:{m:02d}:00" for h in range(3)
                                for m in (0, 15, 30, 45)], "5.8", "#")],
        freq="15min",
        steps=12,
        settings={"data.target": ("OT",)},
        values={("OT", "2016-07-01 00:15:00"): 11},
        name="excerpt.csv.gz",
    ),
    "M4 Hourly": Excerpt(
        ['"V1","V2","V3","V4","V5"', '"H1","605","586","586","559"', '"H2","3124","2990",,',
         '"H10","1","2","3",'],
        freq=None,
        series=3,
        steps=9,  # empty cells at the end are no values
        values={("H1", "3"): 559, ("H2", "1"): 2990, ("H10", "2"): 3},
    ),
    "M3 Yearly": Excerpt(
        ["V1,V2,V3,V4,V5", "N0001,940.66,1084.86,1244.98,", "N0002,,1991.05,2306.4,2604"],
        freq=None,
        series=2,
        steps=7,
        empty=1,  # an empty cell before the last value is missing
        values={("N0001", "0"): 940.66, ("N0002", "0"): np.nan, ("N0002", "3"): 2604},
    ),
    "nn5_daily_with_missing": Excerpt(
        ["date,NN5-001,NN5-002,NN5-003", *rows(days("1996-03", 12), "#.1", "", "0")[:6],
         *rows(days("1996-03", 12), "#.1", "#.2", "0")[6:]],
        freq="D",
        series=3,
        steps=36,
        empty=6,
        settings={"data.target": ("all",)},
        values={("NN5-002", "1996-03-01"): np.nan, ("NN5-002", "1996-03-12"): 21.2,
                ("NN5-003", "1996-03-12"): 0},
    ),
    "bike_sharing_hour": Excerpt(
        ["instant,dteday,yr,hr,temp,casual,registered,cnt",
         *(f"{i},2011-01-{day:02d},0,{hour},0.24,{hour},{day},{hour + day}"
           for i, (day, hour) in enumerate(
               (day, hour) for day in (1, 2, 3) for hour in (0, 1, 2, 3, 4, 7)
           ))],
        freq="h",
        steps=56,
        absent=38,  # hours in a column of their own, some absent
        settings={"data.target": ("cnt",), "data.time": ("dteday", "hr")},
        values={("cnt", "2011-01-01 04:00:00"): 5, ("cnt", "2011-01-01 05:00:00"): np.nan,
                ("cnt", "2011-01-03 07:00:00"): 10},
    ),
    "vic_electricity": Excerpt(
        ["Time,Demand,Temperature,Date,Holiday",
         *(f"2011-12-31T{h}:{m}:00Z,{4000 + i},21.4,2012-01-01,TRUE"
           for i, (h, m) in enumerate((h, m) for h in range(13, 19) for m in ("00", "30")))],
        freq="30min",  # the time is in UTC, the date is local
        steps=12,
        settings={"data.target": ("Demand",)},
        values={("Demand", "2011-12-31 13:00:00"): 4000, ("Demand", "2011-12-31 18:30:00"): 4011},
    ),
    "air_quality_valencia": Excerpt(
        ["datetime,so2,co,no2,pm2.5",
         *rows([f"2019-01-01 {hour}" for hour in HOURS[:9]], "8", "", "#", ""),
         *rows([f"2019-01-01 {hour}" for hour in HOURS[9:]], "8", "0.2", "", "#")],
        freq="h",
        steps=12,
        empty=9,
        settings={"data.target": ("pm2.5",)},
        values={("pm2.5", "2019-01-01 08:00:00"): np.nan, ("pm2.5", "2019-01-01 09:00:00"): 10},
    ),
    "australia_tourism": Excerpt(
        ["date_time,Region,State,Purpose,Trips",
         *(f"1998-{m:02d}-01,{region},{purpose},{place}{m}"
           for region, place in (("Adelaide,South Australia", 1), ("Barossa,South Australia", 2))
           for purpose in ("Business", "Visiting")
           for m in (1, 4, 7, 10))],
        freq="QS",
        series=4,
        steps=16,
        settings={"data.id": ("Region", "Purpose")},  # a state says nothing that a region does not
        values={("Adelaide/Visiting", "1998-07-01"): 17, ("Barossa/Business", "1998-10-01"): 210},
    ),
    "pollution_beijing_pm25": Excerpt(
        ["No,year,month,day,hour,pm2.5,TEMP,cbwd,Ir",
         *(f"{hour + 1},2010,1,1,{hour},{'NA' if hour < 3 else 100 + hour},-11,NW,0"
           for hour in range(14))],
        freq="h",  # four columns of time, NA at the beginning, a column of text
        steps=14,
        empty=3,
        settings={"data.target": ("pm2.5",)},
        values={("pm2.5", "2010-01-01 00:00:00"): np.nan, ("pm2.5", "2010-01-01 13:00:00"): 113},
    ),
    "opsd_germany_daily": Excerpt(
        ["Date,Consumption,Wind,Solar,Wind+Solar", *rows(days("2006-01", 9), "10#.5", "", "", ""),
         "2006-01-10,1019.5,50,20,70", "2006-01-11,1020.5,51,,", "2006-01-12,1021.5,52,21,73"],
        freq="D",
        steps=12,
        settings={"data.target": ("Consumption",)},
        values={("Consumption", "2006-01-01"): 1010.5, ("Consumption", "2006-01-12"): 1021.5},
    ),
    "walmart_mini": Excerpt(
        ["Store,Dept,Date,Weekly_Sales,Temperature,MarkDown1,IsHoliday",
         *(f"{store},{dept},2010-02-{day:02d},{store}{dept}{day}.5,42.31,,False"
           for store in (1, 2) for dept in (1, 3) for day in (5, 12, 19, 26))],
        freq="W-FRI",
        series=4,
        steps=16,
        settings={"data.target": ("Weekly_Sales",), "data.id": ("Store", "Dept")},
        values={("1/3", "2010-02-05"): 135.5, ("2/1", "2010-02-26"): 2126.5},
    ),
}  # fmt: skip


def value_at(reading: Reading, series: str, time: str) -> float:
    """Value of a series at a stamp or count."""
    panel = reading.panel
    index = panel.unique_ids.index(series)
    positions = np.arange(panel.first[index], panel.first[index] + panel.lengths[index])
    stamps = panel.clock.stamps(np.full(len(positions), index), positions)
    texts = [str(stamp).removesuffix("+00:00").removesuffix(" 00:00:00") for stamp in stamps]
    wanted = time.removesuffix(" 00:00:00")
    return float(panel.series(index)[texts.index(wanted)])


def put(folder: Path, excerpt: Excerpt) -> Path:
    path = folder / excerpt.name
    data = "".join(line + excerpt.end for line in excerpt.lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", EXCERPTS)
def test_excerpt_is_understood(name: str, tmp_path: Path) -> None:
    excerpt = EXCERPTS[name]
    result = forecast.check(put(tmp_path, excerpt))
    reading = result.reading
    assert result.settings == dict(excerpt.settings)
    assert reading.freq == excerpt.freq
    assert reading.panel.n_series == excerpt.series
    assert len(reading.panel.values) == excerpt.steps
    assert (reading.absent, reading.missing) == (excerpt.absent, excerpt.empty)
    for (series, time), value in excerpt.values.items():
        assert value_at(reading, series, time) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("name", EXCERPTS)
def test_excerpt_is_read_the_same_by_the_flags_that_were_proposed(
    name: str, tmp_path: Path
) -> None:
    path = put(tmp_path, EXCERPTS[name])
    result = forecast.check(path)
    assert read_data(path, result.config.data).fingerprint == result.reading.fingerprint


def test_file_with_more_values_than_names_is_never_shifted(tmp_path: Path) -> None:
    path = tmp_path / "co2-mm-mlo.csv"
    path.write_text(
        "Date,Decimal Date,Average,Interpolated,Trend,Number of Days\n"
        "1958-03,1958.2027,315.71,314.44,-1,-9.99,-0.99\n"
        "1958-04,1958.2877,317.45,315.16,-1,-9.99,-0.99\n",
        encoding="utf-8",
    )
    with pytest.raises(SchemaError, match="row 2 has 7 values but the header has 6 names"):
        forecast.check(path)
