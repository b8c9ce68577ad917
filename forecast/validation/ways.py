"""Ways to ask for less, in the words of flags, for errors about too few rows."""

from __future__ import annotations


def shorter(rows: int, blocks: int, context_length: int) -> list[str]:
    """Ways to ask for less: ``rows`` hold ``blocks`` horizons, or leave so long a context."""
    ways = [f"--horizon {rows // blocks} or less"] if rows >= blocks else []
    if context_length >= 1:
        ways.append(f"--context-length {context_length} or less")
    return ways


def both_shorter(rows: int, blocks: int) -> list[str]:
    """Shorten horizon and context together, the context as long as two horizons where it fits."""
    horizon = max(1, rows // (blocks + 2))
    context = rows - blocks * horizon
    return [f"--horizon {horizon} --context-length {context}"] if context >= 1 else []


def join(ways: list[str]) -> str:
    """Name every way, the likeliest first."""
    return ", or ".join(ways) if ways else "a longer file"


def too_few(rows: int) -> str:
    """Say that rows are too few.

    Examples
    --------
    >>> too_few(1), too_few(20)
    ('1 row is too few', '20 rows are too few')
    """
    return f"{rows} row{' is' if rows == 1 else 's are'} too few"
