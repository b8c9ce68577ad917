"""Time zones: which one wrote the offsets of a file, and local times placed in the zone named."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, IntArray

# One name for each set of rules that many files are written by, the commonest first.
COMMON = (
    *("Europe/Paris", "Europe/London", "Europe/Athens", "Europe/Moscow", "Europe/Istanbul"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Anchorage", "America/Halifax", "America/St_Johns", "America/Sao_Paulo"),
    *("America/Mexico_City", "America/Santiago", "America/Asuncion", "America/Havana"),
    *("Atlantic/Azores", "Africa/Cairo", "Africa/Casablanca", "Asia/Jerusalem", "Asia/Beirut"),
    *("Asia/Tehran", "Asia/Amman", "Australia/Sydney", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Europe/Chisinau"),
)
SAMPLE = 500
AHEAD = pd.Timedelta("730D")
MOST_CHANGE = 3 * 3_600_000_000  # microseconds; clocks change by less


def zones_of(instants: pd.DatetimeIndex, offsets: IntArray) -> tuple[str, ...]:
    """Name the zones whose clocks show these offsets, one for each set of rules that does.

    Parameters
    ----------
    instants : DatetimeIndex of shape (T,), in UTC
        Moments.
    offsets : array of shape (T,), in seconds
        What local clocks were ahead of UTC.

    Returns
    -------
    tuple of str
        The commonest first; zones that stay alike for two more years are named once.
    """
    at = np.linspace(0, len(instants) - 1, min(SAMPLE, len(instants))).astype(np.int64)
    fits = [
        zone
        for zone in COMMON
        if bool((_offsets(instants[at], zone) == offsets[at]).all())
        and bool((_offsets(instants, zone) == offsets).all())
    ]
    if len(fits) <= 1:
        return tuple(fits)
    days = pd.date_range(instants.min(), instants.max() + AHEAD, freq="6h")
    rules = {_offsets(days, zone).tobytes(): zone for zone in reversed(fits)}
    return tuple(zone for zone in fits if zone in rules.values())


def _offsets(instants: pd.DatetimeIndex, zone: str) -> IntArray:
    local = instants.tz_convert(zone).tz_localize(None)
    ahead = (local - instants.tz_localize(None)) // pd.Timedelta("1s")
    return ahead.to_numpy(dtype=np.int64)


def doubled_hour_zone(stamps: pd.DatetimeIndex) -> tuple[str, pd.Timestamp] | None:
    """Name a zone whose clock change explains stamps that occur twice, and the first of them.

    Parameters
    ----------
    stamps : DatetimeIndex of shape (T,)
        Local times without zone, in the order of the file.
    """
    distinct, counts = np.unique(stamps.to_numpy(), return_counts=True)
    sizes, times = np.unique(counts, return_counts=True)
    usual = int(sizes[np.argmax(times)])
    twice = pd.DatetimeIndex(distinct[counts == 2 * usual])
    if not len(twice) or bool(((counts != usual) & (counts != 2 * usual)).any()):
        return None
    every = pd.DatetimeIndex(distinct)
    for zone in COMMON:
        if bool(_ambiguous(twice, zone).all()) and not bool(_absent(every, zone).any()):
            return zone, twice[0]
    return None


def _ambiguous(stamps: pd.DatetimeIndex, zone: str) -> BoolArray:
    """Tell which local times occur twice on the clocks of a zone."""
    placed = stamps.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
    return np.asarray(placed.isna(), dtype=np.bool_)


def _absent(stamps: pd.DatetimeIndex, zone: str) -> BoolArray:
    """Tell which local times the clocks of a zone leave out."""
    summer = np.ones(len(stamps), dtype=np.bool_)
    placed = stamps.tz_localize(zone, ambiguous=summer, nonexistent="NaT")
    return np.asarray(placed.isna(), dtype=np.bool_)


def localised(stamps: pd.Series, zone: str) -> tuple[pd.Series, BoolArray]:
    """Place local times in a zone; of an hour that occurs twice, the first is summer time.

    The two are told apart by the order of the file: within a stretch whose times do not fall, the
    later half of the rows of an ambiguous time is winter time. A time that stands there once is
    winter time where only that is one usual step after the row before.

    Parameters
    ----------
    stamps : Series of T stamps without zone
        In the order of the file.
    zone : str
        Name of the zone.

    Returns
    -------
    Series of T stamps with zone
        A day that begins when clocks are put on begins an hour later.
    array of shape (T,)
        True where a time does not exist in the zone.
    """
    index = pd.DatetimeIndex(stamps)
    twice = _ambiguous(index, zone)
    summer = np.ones(len(index), dtype=np.bool_)
    if twice.any():
        summer[twice] = _first_half(index, twice)
        summer = _by_step(index, twice, summer, zone)
    absent = _absent(index, zone)
    if bool((index == index.normalize()).all()):
        absent = np.zeros(len(index), dtype=np.bool_)
    placed = index.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward")
    return pd.Series(placed, index=stamps.index), absent


def _by_step(index: pd.DatetimeIndex, twice: BoolArray, summer: BoolArray, zone: str) -> BoolArray:
    """Move to winter time what is a usual step after the row before only there.

    Clocks that go back by less than a step, as by half an hour on Lord Howe, double no row.
    """
    early, late = (_instants(index, zone, summer=season) for season in (True, False))
    chosen = np.where(summer, early, late)
    steps, counts = np.unique(np.abs(np.diff(chosen)), return_counts=True)
    if not len(steps):
        return summer
    step = steps[np.argmax(counts)]
    back = np.roll(chosen, 1 if np.median(np.sign(np.diff(chosen))) >= 0 else -1)
    fits = np.abs(early - back) == step
    moved: BoolArray = twice & ~fits & (np.abs(late - back) == step)
    return summer & ~moved


def _instants(index: pd.DatetimeIndex, zone: str, *, summer: bool) -> IntArray:
    first = np.full(len(index), summer, dtype=np.bool_)
    placed = index.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return np.asarray(placed.as_unit("us").asi8, dtype=np.int64)


def _first_half(index: pd.DatetimeIndex, twice: BoolArray) -> BoolArray:
    """Tell which rows of ambiguous times are the first pass of the clock."""
    instants = index.as_unit("us").asi8
    falls = np.diff(instants, prepend=instants[:1])
    backwards = len(falls) > 1 and float(np.median(np.sign(falls[1:]))) < 0
    if backwards:
        instants, falls, twice = instants[::-1], -falls[::-1], twice[::-1]
    stretch = np.cumsum(falls < -MOST_CHANGE).astype(np.int64)
    at = np.flatnonzero(twice)
    groups = pd.DataFrame({"stretch": stretch[at], "stamp": instants[at]})
    grouped = groups.groupby(["stretch", "stamp"])["stamp"]
    place, count = grouped.cumcount().to_numpy(), grouped.transform("size").to_numpy()
    usual = _usual(stretch, instants, ~twice)[stretch[at]]
    first: BoolArray = (count < 2 * usual) | (place < count / 2)
    return first[::-1] if backwards else first


def _usual(stretch: IntArray, instants: IntArray, plain: BoolArray) -> IntArray:
    """Commonest number of rows of one time in each stretch, among times that occur once."""
    rows = pd.DataFrame({"stretch": stretch[plain], "stamp": instants[plain]})
    sizes = rows.groupby(["stretch", "stamp"]).size().groupby("stretch").median()
    found = np.ones(int(stretch.max(initial=0)) + 1, dtype=np.int64)
    found[sizes.index.to_numpy(dtype=np.int64)] = sizes.to_numpy().astype(np.int64)
    return found
