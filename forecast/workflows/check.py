"""``check``: what a careful analyst would say of a file, and the training that follows from it."""

from __future__ import annotations

from forecast.config.differences import settings_of, with_settings
from forecast.config.schema import Config
from forecast.data.domain import refuse_outside
from forecast.data.load import Reading
from forecast.data.panel import Panel
from forecast.data.profile.profile import profile
from forecast.errors import NotEnoughDataError
from forecast.workflows.arguments import as_source
from forecast.workflows.checking.advice import Advice, advise
from forecast.workflows.checking.completeness import completeness, count_duplicates
from forecast.workflows.checking.content import content
from forecast.workflows.checking.dynamics import dynamics
from forecast.workflows.checking.finding import Finding
from forecast.workflows.checking.lenient import read_leniently
from forecast.workflows.checking.places import Finder
from forecast.workflows.checking.result import CheckResult
from forecast.workflows.checking.sizes import enough, too_few
from forecast.workflows.configure import Asked, as_config
from forecast.workflows.reading import Source, source_name
from forecast.workflows.resolving.automatic import Plan, resolve
from forecast.workflows.resolving.build import target_of

ORDER = ("mend", "note", "ok")
FEW = 5
"""Target columns that are named one by one; more are ``all``."""


def check(data: Source, config: Asked = None) -> CheckResult:
    """Read a file, measure its series, and say how to train on it. Nothing is trained.

    A file that ``train`` would refuse is read with the flags that mend it, where flags can.

    Parameters
    ----------
    data : path, text stream or DataFrame
        One or many series.
    config : Config or mapping, optional
        What is asked for already.

    Raises
    ------
    DataError
        If the file is refused and no flag mends it, or the transform asked for refuses values.

    Examples
    --------
    >>> import forecast
    >>> result = forecast.check("data/pedestrians_hourly.csv")
    >>> [season.length for season in result.profile.seasons], dict(result.settings)
    ([24, 168], {})
    """
    asked, data = as_config(config), as_source(data)
    read = read_leniently(data, asked.data)
    reading, panel = read.reading, read.reading.panel
    refuse_outside(panel, target_of(asked, season=1), location=source_name(data, reading))
    wanted = asked.model_copy(update={"data": read.data})
    plan, refusal = _planned(reading, wanted)
    season = int(plan.config.data.season_length) if plan else _season(wanted)
    measured = profile(panel, season=season, freq=reading.freq)
    moves = dynamics(measured, asked=wanted.data.season_length != "auto")
    settings = {key: value for finding in moves for key, value in finding.settings.items()}
    if settings:  # the sizes follow from the season
        wanted = with_settings(wanted, settings)
        plan, refusal = _planned(reading, wanted)
        measured = profile(panel, season=_season(wanted), freq=reading.freq)
    advice = None if plan is None else advise(panel, plan, asked, measured)
    finder = Finder(read.table, panel)
    findings = [
        *read.findings,
        *completeness(read, measured.basics, finder),
        *content(panel, measured, finder, freq=reading.freq),
        *moves,
        *_amount(reading.panel, wanted, advice, refusal),
    ]
    return CheckResult(
        reading=reading,
        config=wanted,
        findings=tuple(sorted(findings, key=lambda finding: ORDER.index(finding.severity))),
        profile=measured,
        duplicates=count_duplicates(read),
        plan=plan,
        advice=advice,
        settings=settings_of(wanted),
        explicit=_explicit(reading, wanted, plan),
        notes=reading.notes,
    )


def _planned(reading: Reading, config: Config) -> tuple[Plan | None, NotEnoughDataError | None]:
    """Resolve what ``train`` resolves, or the refusal for want of rows."""
    try:
        return resolve(reading, config), None
    except NotEnoughDataError as error:
        return None, error


def _season(config: Config) -> int:
    asked = config.data.season_length
    return 1 if asked == "auto" else asked


def _amount(
    panel: Panel, asked: Config, advice: Advice | None, refusal: NotEnoughDataError | None
) -> list[Finding]:
    if advice is not None:
        return enough(panel, asked.validation, advice)
    return [] if refusal is None else [too_few(refusal)]


def _explicit(reading: Reading, config: Config, plan: Plan | None) -> dict[str, object]:
    """Configuration keys that say what was understood of the file, beside what was asked for."""
    columns = reading.columns
    found = ("all",) if len(columns.target) > FEW else columns.target
    said: dict[str, object] = {
        **settings_of(config),
        "data.target": config.data.target or found,
        "data.time": columns.time,
        "data.id": columns.id,
        "data.layout": columns.layout,
        "data.freq": reading.freq or "auto",
    }
    if plan is not None:
        said["data.season_length"] = int(plan.config.data.season_length)
        said["model.horizon"] = int(plan.config.model.horizon)
    if config.data.resample is not None:
        del said["data.freq"]  # the step to resample to says it
    return {key: value for key, value in said.items() if value not in ((), "auto")}
