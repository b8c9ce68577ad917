from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from forecast.report.charts import (
    folds_chart,
    forecast_chart,
    loss_chart,
    steps_chart,
    walk_forward_chart,
)
from forecast.report.diagnostics import FoldRow
from forecast.report.page import NOT_JUDGED, Page, render_page
from forecast.report.table import IntervalRow, ScoreRow
from forecast.training.monitor import EpochRecord

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.charts
BAD = "<script>alert(1)</script>"
SCORES = {"mae": 12.3, "rmse": 17.0, "mape": 3.2, "mase": 0.71}


class Reader(HTMLParser):
    """Collects the tags, the addresses they name and the words of a page."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in {"src", "href", "action"}]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def page(
    make_frames: Callable[..., tuple[pd.DataFrame, pd.DataFrame]],
    judged: pd.DataFrame,
    records: list[EpochRecord],
) -> Page:
    frame, recent = make_frames([BAD, *(f"series {n}" for n in range(99))])
    return Page(
        title=f"gru on {BAD}.csv",
        verdict=f"gru beats seasonal naive by 23 % {BAD}",
        better=True,
        command=f"forecast predict {BAD}",
        facts=(("File", BAD), ("Rows", "8,760")),
        rows=(ScoreRow("gru", SCORES), ScoreRow(BAD, {**SCORES, "mape": None})),
        main="gru",
        forecast=forecast_chart(frame, recent, model="gru"),
        walk_forward=walk_forward_chart(judged, models=("gru",), main="gru"),
        steps=steps_chart({"gru": [1.0, 2.0], BAD: [2.0, 2.0]}, main="gru"),
        folds=folds_chart([FoldRow(BAD, 0, 60, 80, 100)]),
        losses=loss_chart(records),
        notes={"data": (BAD, "2 absent stamps became rows without value."), "scores": ("none",)},
        intervals=(IntervalRow(80.0, 0.784, 12.345, 1200), IntervalRow(95.0, None, None, 0)),
        config=f"data:\n  target: ['{BAD}']\n",
    )


def test_page_is_self_contained_and_runs_no_code(page: Page) -> None:
    html = render_page(page)
    reader = read(html)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(reader.tags)
    assert all(address.startswith("#") for address in reader.addresses)
    assert "://" not in html
    assert not re.search(r"@import|url\((?!#)|\son\w+=", html)
    assert reader.tags.count("svg") == 5


def test_page_references_resolve_within_the_page(page: Page) -> None:
    html = render_page(page)
    named = set(re.findall(r' id="([^"]+)"', html))
    wanted = set(re.findall(r'href="#([^"]+)"|url\(#([^)"]+)\)', html))
    assert {one or other for one, other in wanted} <= named


def test_page_is_small(page: Page) -> None:
    assert len(render_page(page).encode()) < 500_000


def test_page_with_everything_large_stays_under_a_megabyte(
    make_frames: Callable[..., tuple[pd.DataFrame, pd.DataFrame]], records: list[EpochRecord]
) -> None:
    frames = make_frames(["a", "b", "c", "d"], horizon=5_000, history=40_000)
    many = [
        EpochRecord(f"fit {n}", e, 2_000, e, 1 / e + n, 1 / e + 0.1 * (e % 7), 1.0, 1.0, False)
        for n in range(12)
        for e in range(1, 2_001)
    ]
    large = Page(
        title="t" * 10_000,
        forecast=forecast_chart(*frames, model="gru"),
        steps=steps_chart(
            {f"m{n}": [n + e % 5 for e in range(5_000)] for n in range(7)}, main="m0"
        ),
        losses=loss_chart(many),
        notes={"data": ["n" * 900] * 500},
        config="c" * 1_000_000,
    )
    html = render_page(large)
    assert len(html.encode()) < 1_000_000
    assert "and 400 more" in html


def test_page_escapes_every_text(page: Page) -> None:
    html = render_page(page)
    assert "<script" not in html.lower()
    # title twice, verdict, command, fact, table, reason, note, configuration, three charts
    assert read(html).words.count(BAD) >= 12


def test_page_twice_is_equal_bytes(page: Page) -> None:
    assert render_page(page) == render_page(page)


def test_page_names_its_language_and_title(page: Page) -> None:
    html = render_page(page)
    assert '<html lang="en">' in html
    assert "<title>gru on &lt;script&gt;" in html
    assert '<meta charset="utf-8">' in html


def test_page_goes_from_verdict_to_configuration(page: Page) -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", render_page(page))
    assert headings == [
        "Scores",
        "Intervals",
        "Forecast",
        "Last fold",
        "Error by step",
        "Folds",
        "Loss",
        "Notes",
        "Configuration",
    ]
    html = render_page(page)
    assert html.index("beats seasonal naive") < html.index("<h2>Scores")


def test_page_suits_light_and_dark(page: Page) -> None:
    html = render_page(page)
    assert "prefers-color-scheme: dark" in html
    drawn = re.findall(r'(?:fill|stroke): ([^;"]+)', html[html.index("<svg") :])
    assert all(colour == "none" or colour.startswith("var(--") for colour in drawn)


def test_page_of_an_unjudged_run_says_so_and_leaves_out_what_is_empty() -> None:
    html = render_page(Page(title="gru"))
    assert NOT_JUDGED in read(html).words
    assert "<h2>" not in html


def test_page_lists_notes_by_subject(page: Page) -> None:
    html = render_page(page)
    notes = html[html.index("<h2>Notes") : html.index("<h2>Configuration")]
    assert re.findall(r"<h3>(.*?)</h3>", notes) == ["Data", "Scores"]
    assert notes.count("<li>") == 3


def test_page_shows_the_intervals_that_could_be_scored(page: Page) -> None:
    html = render_page(page)
    table = html[html.index("<h2>Intervals") : html.index("<h2>Forecast")]
    cells = re.findall(r"<t[dh](?: [^>]*)?>([^<]*)<", table)
    assert cells == [
        "Interval",
        "Held",
        "Mean width",
        "Forecasts",
        "80 %",
        "78.4 %",
        "12.35",
        "1,200",
    ]
    bare = render_page(Page(title="t", intervals=(IntervalRow(95.0, None, None, 0),)))
    assert "<h2>Intervals" not in bare
