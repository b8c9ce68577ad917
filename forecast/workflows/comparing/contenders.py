"""Who stands in a comparison: each model under each setting, trained with each seed.

A contender is a row of the leaderboard. Its entries are what walks through the folds, one for each
seed, and each has a column of its own in the files of the run:

    gru                                the one seed of the run, nothing varied
    gru seed=1                         one of several seeds
    gru context_length=96              one of several settings
    gru context_length=96 seed=1       both

Rules and statistical methods stand once, whatever is varied.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.config.differences import with_settings
from forecast.config.training import MOST_SEED
from forecast.config.vary import Setting, settings_in
from forecast.errors import ConfigError, ForecastError, UsageError
from forecast.models.registry import NETWORKS
from forecast.workflows.comparing.budget import share_of
from forecast.workflows.comparing.leaderboard import entries_of
from forecast.workflows.forecasting.bands import check_intervals
from forecast.workflows.resolving.architecture import check_architecture
from forecast.workflows.resolving.settle import settle
from forecast.workflows.running.fitting import candidate
from forecast.workflows.running.fold_results import FoldFolder

if TYPE_CHECKING:
    from forecast.config.schema import Config
    from forecast.data.load import Reading
    from forecast.training.checkpoint import CheckpointFolder
    from forecast.validation.plan import Fold
    from forecast.validation.walk_forward import Candidate
    from forecast.workflows.resolving.automatic import Plan
    from forecast.workflows.running.resume import Resumed
    from forecast.workflows.terms import Terms

NETWORK = re.compile(rf"\b(?:{'|'.join(NETWORKS)})\b")
OTHER_MODEL = re.compile(rf"use model ({NETWORK.pattern}(?:(?:, | or ){NETWORK.pattern})*)")


@dataclass(frozen=True, eq=False)
class Contender:
    """A model under one setting.

    Parameters
    ----------
    name : str
        The model, and what is varied.
    plan : Plan
        How it is trained; its configuration names the model.
    setting : str
        What is varied, in words.
    settings : mapping of str to object
        What is varied, by dotted key.
    seeds : tuple of int
        Run seeds that it is trained with, that of the run first; none of a rule.
    """

    name: str
    plan: Plan
    setting: str
    settings: Mapping[str, object]
    seeds: tuple[int, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        """What it is called in the walk, with each seed."""
        return entries_of(self.name, self.seeds)

    def candidates(self, checkpoints: CheckpointFolder | None) -> list[Candidate]:
        """Enter it for the walk, with each seed."""
        model = self.plan.config.model.name
        judgements = None if checkpoints is None else FoldFolder(checkpoints.folder)
        return [
            candidate(
                self.plan,
                model,
                name=name,
                seed=seed,
                checkpoints=checkpoints,
                judgements=judgements,
            )
            for name, seed in zip(self.entries, self.seeds or (None,), strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Field:
    """All contenders, on the same folds.

    Parameters
    ----------
    plans : tuple of Plan
        One for each setting; the folds are those of the first, and of all.
    words : tuple of str
        What each setting is called; one empty word where nothing is varied.
    contenders : tuple of Contender
    """

    plans: tuple[Plan, ...]
    words: tuple[str, ...]
    contenders: tuple[Contender, ...]

    @property
    def plan(self) -> Plan:
        """That of the first setting."""
        return self.plans[0]

    @property
    def leader(self) -> Contender:
        """The first that is trained, or else the first."""
        return next((each for each in self.contenders if each.seeds), self.contenders[0])

    @property
    def factors(self) -> dict[str, int]:
        """What the number of trainings for folds is the product of; nothing without networks."""
        trained = [each for each in self.contenders if each.seeds]
        if not trained:
            return {}
        return {
            "network": len(trained) // len(self.plans),
            "setting": len(self.plans),
            "seed": len(trained[0].seeds),
            "fold": len(self.plan.schedule.trained),
        }

    def notes(self) -> Iterator[str]:
        """Say what the names of rows stand for, and what is resolved for each of them."""
        if len(self.plans) > 1:
            yield (
                f"{len(self.plans)} settings: {', '.join(self.words)}; everything automatic is "
                "resolved for each, and what is said above is of the first"
            )
        seeds = max((contender.seeds for contender in self.contenders), key=len)
        if len(seeds) > 1:
            yield (
                f"networks are trained with {len(seeds)} seeds, {seeds[0]} to {seeds[-1]}: scores "
                f"are means over them, and the model that is kept has seed {seeds[0]}"
            )


def gather_field(
    terms: Terms, reading: Reading, config: Config, *, where: str, resumed: Resumed | None
) -> Field:
    """Resolve every setting, and refuse what one of the models cannot be built with.

    Parameters
    ----------
    config : Config
        As asked for, with the leader's name.
    where : str
        Names the data in an error.

    Raises
    ------
    UsageError
        If there are no folds, or the seeds run out.
    ConfigError
        If a setting has other folds than the first, or makes no network.
    """
    settings = settings_in(config, terms.vary)
    plans: list[Plan] = []
    for place, setting in enumerate(settings):
        with _told_which(setting), _many_models():
            for name in terms.networks or terms.models[:1]:
                check_intervals(with_settings(setting.config, {"model.name": name}))
            plan = settle(reading, setting.config, where=where, resumed=resumed, place=place)
            for name in terms.models:
                check_architecture(plan.config, name, plan.beside, series=plan.panel.n_series)
        plans.append(plan)
    if not plans[0].schedule.folds:
        raise UsageError(
            "compare needs folds, and --folds is 0",
            location="validation.folds",
            fix="pass --folds 1 or more",
        )
    _insist_same_folds(settings, plans)
    plans = _within_budget(terms, plans)
    seeds = _seeds(config.training.seed, terms.seeds)
    contenders = [
        contender
        for name in terms.models
        for contender in _contenders(name, settings, plans, seeds)
    ]
    words = tuple(setting.words for setting in settings)
    return Field(tuple(plans), words, tuple(contenders))


def _contenders(
    model: str, settings: Sequence[Setting], plans: Sequence[Plan], seeds: tuple[int, ...]
) -> list[Contender]:
    """Enter a network under every setting, a rule once."""
    if model not in NETWORKS:
        return [Contender(model, _named(plans[0], model), "", {}, ())]
    return [
        Contender(
            f"{model} {setting.words}".rstrip(),
            _named(plan, model),
            setting.words,
            setting.values,
            seeds,
        )
        for setting, plan in zip(settings, plans, strict=True)
    ]


def _seeds(first: int, count: int) -> tuple[int, ...]:
    if first + count - 1 > MOST_SEED:
        raise UsageError(
            f"{count} seeds from {first} on go beyond the largest, {MOST_SEED}",
            location="training.seed",
            fix=f"pass --seed {MOST_SEED - count + 1} or less",
        )
    return tuple(range(first, first + count))


def _insist_same_folds(settings: Sequence[Setting], plans: Sequence[Plan]) -> None:
    """Refuse a setting whose folds are not those of the first."""
    first = plans[0].schedule.folds
    odd = [
        setting
        for setting, plan in zip(settings, plans, strict=True)
        if plan.schedule.folds != first
    ]
    if not odd:
        return
    other = next(plan.schedule.folds for plan in plans if plan.schedule.folds != first)
    raise ConfigError(
        f"the folds of {odd[0].words} are not those of {settings[0].words}: {_shape(other)} "
        f"against {_shape(first)}",
        location="flag --vary",
        fix=f"leave out {', '.join(setting.words for setting in odd)}, or pass fewer --folds or a "
        "shorter --horizon, which leave room for the longest context",
    )


def _shape(folds: Sequence[Fold]) -> str:
    one = folds[0]
    counted = "1 fold" if len(folds) == 1 else f"{len(folds)} folds"
    return (
        f"{counted}, the first trained on {one.span.train_stop - one.span.start} rows and judged "
        f"on {one.test_stop - one.cutoffs[0] - 1} from {len(one.cutoffs)} cutoffs"
    )


def _within_budget(terms: Terms, plans: Sequence[Plan]) -> list[Plan]:
    """Give each fit of a network its share of the time, where there is a budget."""
    if terms.budget is None:
        return list(plans)
    share = share_of(terms.budget, [plan.config for plan in plans], plans[0].schedule, terms)
    limit = {"training.max_time": share}
    return [dataclasses.replace(plan, config=with_settings(plan.config, limit)) for plan in plans]


def _named(plan: Plan, name: str) -> Plan:
    """Return the plan with the name of a model in its configuration."""
    settings: dict[str, object] = {"model.name": name}
    if name == "linear":
        settings |= {"model.segment_length": 1, "model.skip": "linear"}
    return dataclasses.replace(plan, config=with_settings(plan.config, settings))


@contextmanager
def _told_which(setting: Setting) -> Iterator[None]:
    """Name the setting in a refusal, and mend what is varied where it is varied."""
    try:
        yield
    except ForecastError as error:
        if setting.words:
            error.location = f"--vary {setting.words}: {error.location}"
            fix = error.fix or ""
            for key in setting.values:
                name = key.partition(".")[2]
                flag = "--" + name.replace("_", "-")
                fix = fix.replace(f"{flag} ", f"--vary {name}=").replace(flag, f"--vary {name}")
            error.fix = fix or None
        raise


@contextmanager
def _many_models() -> Iterator[None]:
    """Let a refusal that proposes another model do so in the words of a comparison."""
    try:
        yield
    except ConfigError as error:

        def chosen(match: re.Match[str]) -> str:
            return f"compare with --models {','.join(NETWORK.findall(match[1]))}"

        fix = OTHER_MODEL.sub(chosen, error.fix or "")
        fix = fix.replace("use another model", "compare other --models")
        raise ConfigError(
            error.message, location=error.location, fix=fix, mend=error.mend
        ) from error
