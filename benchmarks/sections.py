"""A page of sections, each of which can be written again without the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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


def noting(
    ask: Callable[[Asked], Entry | None], used: list[Entry]
) -> Callable[[Asked], Entry | None]:
    """Ask the same, and note what is found."""

    def noted(asked: Asked) -> Entry | None:
        found = ask(asked)
        used.extend([] if found is None else [found])
        return found

    return noted
