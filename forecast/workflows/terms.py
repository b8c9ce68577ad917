"""What a comparison was asked to set side by side: models, seeds, settings, and a time for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from forecast.config.times import WORDS, seconds_of
from forecast.config.vary import Grid, read_grid
from forecast.errors import UsageError
from forecast.models.registry import GROUPS, MODELS, NETWORKS, RECURRENT
from forecast.validation.top import TOP
from forecast.validation.verdict import BASELINES, REFERENCE
from forecast.workflows.arguments import as_count

if TYPE_CHECKING:
    from forecast.config.schema import Config

COMPARED = ("rnn", "lstm", "gru", *BASELINES)
MOST_SEEDS = 1000


@dataclass(frozen=True)
class Terms:
    """What is compared.

    Parameters
    ----------
    models : tuple of str
        Of the registry, seasonal naive among them.
    seeds : int
        How many run seeds each network is trained with: that of the run and those after it.
    vary : mapping of str to tuple of str
        Values of dotted keys, as the configuration file spells them; each combination is a setting.
    budget : float or None, in seconds
        For all fits of networks together.
    top : int
        How many models the ensemble of the best has; 0 for none.
    """

    models: tuple[str, ...]
    seeds: int = 1
    vary: Grid = field(default_factory=dict)
    budget: float | None = None
    top: int = TOP

    @property
    def networks(self) -> tuple[str, ...]:
        """Those of the models that are trained."""
        return tuple(name for name in self.models if name in NETWORKS)

    @property
    def leader(self) -> str:
        """The model that the configuration is resolved for: one that has most to resolve."""
        return min(self.models, key=_open_questions)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Build it again from what JSON has."""
        vary = {key: tuple(values) for key, values in facts["vary"].items()}
        return cls(**{**facts, "models": tuple(facts["models"]), "vary": vary})


def _open_questions(model: str) -> tuple[bool, bool, bool]:
    """Rank first what reads segments on threads of its own, last what is no network."""
    return model not in NETWORKS, model not in RECURRENT, model == "linear"


def agree(
    config: Config,
    begun: Terms | None,
    *,
    models: Sequence[str] | None,
    seeds: int,
    vary: Mapping[str, Sequence[object]] | Sequence[str] | None,
    budget: float | str | None,
    top: int | None,
) -> Terms:
    """Check what is to be compared.

    Parameters
    ----------
    config : Config
        As asked for.
    begun : Terms or None
        Those of the run that goes on; nothing may be given beside them.
    models, seeds, vary, budget, top
        As `compare` takes them.

    Raises
    ------
    UsageError
        If something is no count, name or time, or makes no difference to what is compared.
    ConfigError
        If a key or a value is none that can be varied.
    """
    if begun is not None:
        given = {"models": models, "seeds": None if seeds == 1 else seeds, "vary": vary or None}
        _refuse_beside({**given, "budget": budget, "top": top})
        return begun
    names = _checked(COMPARED if models is None else models)
    grid = read_grid(vary or {}, config)
    terms = Terms(names, _count(seeds), grid, _seconds(budget), _size(top))
    _refuse_idle(terms)
    if terms.budget is not None and (config.training.max_time or "training.max_time" in grid):
        raise UsageError(
            "--budget sets the time of each fit, and --max-time is given, too",
            location="flag --budget",
            fix="leave out one of them",
        )
    return terms


def _refuse_beside(given: Mapping[str, object]) -> None:
    """Refuse what is given though the run that goes on has it."""
    for name, value in given.items():
        if value is None:
            continue
        shown = list(value) if isinstance(value, Sequence) and name == "models" else value
        raise UsageError(
            f"resume takes the {name} of the run, and {name} is {shown}, too",
            location=f"argument {name}",
            fix=f"leave out the {name}, or begin a new comparison",
        )


def _refuse_idle(terms: Terms) -> None:
    """Refuse what concerns networks where none is compared."""
    idle = [
        flag
        for flag, given in (
            ("--seeds", terms.seeds > 1),
            ("--vary", terms.vary),
            ("--budget", terms.budget is not None),
        )
        if given
    ]
    if idle and not terms.networks:
        raise UsageError(
            f"{' and '.join(idle)} concern{'s' if len(idle) == 1 else ''} networks, and none is "
            f"among the models {', '.join(terms.models)}",
            location=f"flag {idle[0]}",
            fix=f"add a network, such as --models gru,{','.join(terms.models)}, or leave out "
            f"{' and '.join(idle)}",
        )


def _checked(models: Sequence[str]) -> tuple[str, ...]:
    """Return the models to judge, seasonal naive among them."""
    names: object = [models] if isinstance(models, str) else models
    if not isinstance(names, Sequence):
        raise UsageError(
            f"models is {names!r}, and must be a list of names",
            location="models",
            fix=f"for example models={list(COMPARED[:3])}",
        )
    known = {**{name: (name,) for name in MODELS}, **GROUPS}
    unknown = [name for name in names if not isinstance(name, str) or name not in known]
    if unknown or not names:
        raise UsageError(
            f"no model is called {unknown[0]!r}" if unknown else "no model is named",
            location="models",
            fix=f"choose from {', '.join(known)}",
        )
    every = [model for name in names for model in known[name]]
    return tuple(dict.fromkeys((*every, REFERENCE)))


def _count(seeds: int) -> int:
    given: object = seeds
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST_SEEDS:
        return given
    raise UsageError(
        f"seeds is {given!r}, and must be a whole number of at least 1 and at most {MOST_SEEDS}",
        location="flag --seeds",
        fix="for example --seeds 3",
    )


def _size(top: int | None) -> int:
    if top is None:
        return TOP
    if as_count(top, name="top", example=TOP) < 0:
        raise UsageError(
            f"top is {top}, and must be 0 or more",
            location="top",
            fix=f"pass --top {TOP}, or --top 0 for no ensemble",
        )
    return top


def _spoken_seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return seconds_of(text)


def _seconds(budget: float | str | None) -> float | None:
    given: object = budget
    found = _spoken_seconds(given) if isinstance(given, str) else given
    if found is None and given is None:
        return None
    if isinstance(found, (int, float)) and not isinstance(found, bool) and 0 < found < float("inf"):
        return float(found)
    raise UsageError(
        f"budget is {given!r}, and must be {WORDS}, above 0",
        location="flag --budget",
        fix="for example --budget 10m",
    )
