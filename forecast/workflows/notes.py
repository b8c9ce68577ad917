"""What a run understood, decided or lacks, one sentence each, by subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.data.load import Reading
    from forecast.workflows.resolving.automatic import Plan


@dataclass(frozen=True)
class Notes:
    """Sentences for the user; iterating gives all of them.

    Parameters
    ----------
    understood : tuple of str
        What the data are taken for and what is done with them, in a run where all goes well.
    data : tuple of str
        What was repaired, left out or is odd.
    validation : tuple of str
        Automatic sizes that were made smaller to fit the data.
    training : tuple of str
        What happened while fitting.
    scores : tuple of str
        What is undefined or was left out.
    """

    understood: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    training: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        """Give every sentence, in the order of the subjects."""
        for sentences in self.groups.values():
            yield from sentences

    def __len__(self) -> int:
        """Count the sentences."""
        return sum(map(len, self.groups.values()))

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The sentences by subject, without the subjects that have none."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: sentences for name, sentences in found.items() if sentences}

    @property
    def of_model(self) -> tuple[str, ...]:
        """What holds of the model, however its configuration came about."""
        return (*self.training, *self.scores)

    def about_scores(self, sentences: Sequence[str]) -> Notes:
        """Return these notes with more about scores."""
        return replace(self, scores=(*self.scores, *sentences))


def notes_before(reading: Reading, plan: Plan) -> Notes:
    """Return what is to be said before anything is fitted."""
    return Notes(
        understood=(*reading.understood, *plan.understood),
        data=tuple(note for note in reading.notes if note not in reading.understood),
        validation=tuple(note for note in plan.notes if note not in plan.understood),
        training=plan.machine,
    )


def understood_lines(reading: Reading, plan: Plan) -> tuple[str, str]:
    """Say in two lines what the data are taken for, and what will be done with them."""
    rows = f"{reading.rows:,} row{'' if reading.rows == 1 else 's'}"
    return (
        "; ".join((f"{reading.name}: {rows}", *reading.understood)),
        "; ".join(plan.understood),
    )
