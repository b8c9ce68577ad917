"""A page of sections, each of which can be written again without the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from benchmarks.accuracy.journal import Entry

Asked = TypeVar("Asked")
TITLE = re.compile(r"^(## .*)\n", re.MULTILINE)


def joined(head: str, sections: Iterable[tuple[str, bool]], *, before: str) -> str:
    r"""Return a page.

    Parameters
    ----------
    head : str
        What comes before the first section.
    sections : iterable of (str, bool)
        Text, which begins with a title, and whether it is new: one that is not stays as it is in
        the page so far, where that has it.
    before : str
        The page so far; empty where there is none.

    Examples
    --------
    >>> print(joined("# Page", [("## One\nnew", True), ("## Two\nnew", False)],
    ...              before="# Page\n\n## Two\nold\n\n## Three\nold\n"), end="")
    # Page
    <BLANKLINE>
    ## One
    new
    <BLANKLINE>
    ## Two
    old
    """
    kept = dict(zip(TITLE.findall(before), TITLE.split(before)[2::2], strict=True))
    parts = [head]
    for text, new in sections:
        title, _, body = text.partition("\n")
        parts.append(f"{title}\n{body if new else kept.get(title, body)}")
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def with_origin(
    names: Iterable[str],
    write: Callable[[str, Callable[[Asked], Entry | None]], str],
    ask: Callable[[Asked], Entry | None],
    *,
    ran: Callable[[Sequence[Entry]], str],
    new: Collection[str],
) -> list[tuple[str, bool]]:
    """Write each section, and behind it what it rests on.

    Parameters
    ----------
    names : iterable of str
    write : callable
        Gives the text of a section, by its name, of all that it asks for.
    ask : callable
    ran : callable
        Says of the entries that were found what they were measured on.
    new : collection of str
        Names of those that are new, as `joined` has it.
    """
    sections = []
    for name in names:
        used: list[Entry] = []

        def noted(asked: Asked, used: list[Entry] = used) -> Entry | None:
            found = ask(asked)
            used.extend([] if found is None else [found])
            return found

        text = write(name, noted)
        sections.append((f"{text.rstrip()}\n\n{ran(used)}", name in new))
    return sections
