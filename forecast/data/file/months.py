"""Dates in words: names of months in ten languages, in any usual order, with or without a day.

31 Dec 2024    December 31, 2024    Di, 31. Dezember 2024    1 de enero de 2020    JAN2020
Jan-20         January 2020         2020-Jan                 2020年1月
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

ENGLISH = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
# German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish; without accents.
OTHERS = (
    "januar janner janvier enero janeiro gennaio januari styczen stycznia",
    "februar feber fevrier febrero fevereiro febbraio februari luty lutego",
    "marz mrz mars marzo marco maart mrt marts marzec marca",
    "avril abril aprile april kwiecien kwietnia",
    "mai mayo maio maggio mei maj maja",
    "juni juin junio junho giugno czerwiec czerwca",
    "juli juillet julio julho luglio lipiec lipca",
    "aout agosto augustus augusti sierpien sierpnia",
    "septembre septiembre setembro settembre wrzesien wrzesnia",
    "oktober octobre octubre outubro ottobre pazdziernik pazdziernika",
    "novembre noviembre novembro listopad listopada",
    "dezember decembre diciembre dezembro dicembre desember grudzien grudnia",
)
WEEKDAYS = (
    "mon tue wed thu fri sat sun tues thur thurs monday tuesday wednesday thursday friday saturday "
    "sunday mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend "
    "sonntag lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie dom lunedi martedi "
    "mercoledi giovedi venerdi domenica gio segunda terca quarta quinta sexta seg ter qua qui sex"
)
FILLERS = "de del of the di st nd rd th er"
OTHERWISE = "set out gen lip lis sty mag des"  # words of another meaning, too
SHORTEST = 3
TOKEN = re.compile(r"\d+|[^\W\d_]+")
CLOCK = re.compile(
    r"(?:(?<=\d{4})[:T]|(?<=[\s,T])|T)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:\s*(?P<half>[ap])\.?\s?m\.?)?$",
    re.IGNORECASE,
)
EASTERN = re.compile(r"(?P<year>\d{4})年\s*(?P<month>\d{1,2})月(?:\s*(?P<day>\d{1,2})日)?")
APOSTROPHE = re.compile(r"['\u2019]\d{2}(?!\d)")
PIVOT = 69  # of a year of two digits: 69 is 1969, 68 is 2068, as strptime has it
NOON, HOURS, MINUTES = 12, 24, 60


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _beginnings(names: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Names and their beginnings of three letters or more, where they mean one month only."""
    found: dict[str, set[int]] = {}
    for month, name in names:
        for size in range(SHORTEST, len(name) + 1):
            found.setdefault(name[:size], set()).add(month)
    return {part: months.pop() for part, months in found.items() if len(months) == 1}


_EVERY = _beginnings(
    (month, name)
    for month, names in enumerate(zip(ENGLISH, OTHERS, strict=True), start=1)
    for name in " ".join(names).split()
)


_WEEKDAYS, _FILLERS, _OTHERWISE = (
    frozenset(words.split()) for words in (WEEKDAYS, FILLERS, OTHERWISE)
)


def month_of(word: str) -> int | None:
    """Return the number of the month that a word names, abbreviated or not.

    Examples
    --------
    >>> [month_of(word) for word in ("Sept", "März", "janv.", "ago", "jui", "total")]
    [9, 3, 1, 8, None, None]
    """
    return _EVERY.get(_plain(word).strip(" ."))


def is_weekday(word: str) -> bool:
    """Tell whether a word names a day of the week."""
    return _plain(word).strip(" .,") in _WEEKDAYS


def short_year(text: str) -> int | None:
    """Return the two digits behind or before a month's name that may be a year or a day.

    Examples
    --------
    >>> short_year("Jan-20"), short_year("Jan 2020"), short_year("Jan '20"), short_year("1 Jan 20")
    (20, None, None, None)
    """
    tokens = TOKEN.findall(text)
    if len(tokens) != 2 or APOSTROPHE.search(text):  # noqa: PLR2004 - a month and a number
        return None
    word, number = tokens
    if month_of(word) is None or _plain(word) in _OTHERWISE or not re.fullmatch(r"\d\d", number):
        return None
    return int(number)


def read_worded(text: str) -> str:
    """Write a date in words as ISO 8601; "" where the text is none, or names no year.

    Examples
    --------
    >>> read_worded("Di, 31. Dezember 2024"), read_worded("Jan-20"), read_worded("20-Jan")
    ('2024-12-31', '2020-01-01', '')
    >>> read_worded("01JAN2024:10:00:00"), read_worded("Jan 1, 2024 1:05 PM")
    ('2024-01-01T10:00:00', '2024-01-01T13:05:00')
    """
    clock = CLOCK.search(text)
    time = "" if clock is None else _time(clock)
    if clock is not None:
        if not time:
            return ""
        text = text[: clock.start()]
    eastern = EASTERN.fullmatch(text.strip(" ,"))
    if eastern is not None:
        year, month, day = (int(eastern[part] or 1) for part in ("year", "month", "day"))
        return _written(year, month, day, time)
    tokens = [token for token in TOKEN.findall(text) if _plain(token) not in _FILLERS]
    months = [at for at, token in enumerate(tokens) if not token.isdigit() and month_of(token)]
    if len(months) > 1 and is_weekday(tokens[0]):
        months = months[1:]  # mar. 3 mars 2020
    if len(months) != 1:
        return ""
    month = month_of(tokens[months[0]]) or 0
    others = [
        token for at, token in enumerate(tokens) if at not in months and not is_weekday(token)
    ]
    if not all(token.isdigit() for token in others):
        return ""
    before = sum(at < months[0] for at, token in enumerate(tokens) if token.isdigit())
    found = _year_and_day(others, before, text)
    return _written(found[0], month, found[1], time) if found else ""


def _year_and_day(numbers: list[str], before: int, text: str) -> tuple[int, int] | None:
    """Tell year and day apart by their digits and place; the day is 1 where there is none."""
    sizes = tuple(len(number) for number in numbers)
    if sizes == (4,):
        return int(numbers[0]), 1
    if (
        len(sizes) == 1
        and before == 0
        and (short_year(text) is not None or APOSTROPHE.search(text))
    ):
        return in_century(numbers[0]), 1
    if sizes in ((4, 1), (4, 2)):
        return int(numbers[0]), int(numbers[1])
    if sizes in ((1, 2), (2, 2), (1, 4), (2, 4)):
        return in_century(numbers[1]), int(numbers[0])
    return None


def in_century(digits: str) -> int:
    """Return the year of four digits, or of two in the century that strptime takes."""
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - digits of a short year
        return year
    return year + (1900 if year >= PIVOT else 2000)


def _time(clock: re.Match[str]) -> str:
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    if clock["half"]:
        if not 1 <= hour <= NOON:
            return ""
        hour = hour % NOON + (NOON if clock["half"].lower() == "p" else 0)
    if hour >= HOURS or minute >= MINUTES or second >= MINUTES:
        return ""
    return f"T{hour:02d}:{minute:02d}:{second:02d}"


def _written(year: int, month: int, day: int, time: str) -> str:
    return f"{year:04d}-{month:02d}-{day:02d}{time}"
