"""Flags of ``forecast compare`` alone: who is compared, how often, and in what time."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

ModelsFlag: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--models",
        metavar="NAME,...",
        help="Models, or all, recurrent, comparators, statistical, rules (default: recurrent and "
        "the rules of every verdict).",
        rich_help_panel="Model",
        show_default=False,
    ),
]
TopFlag: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--top",
        metavar="K",
        help="Judge the mean of the K best of earlier folds, too (default 3, 0 = not).",
        rich_help_panel="Model",
        show_default=False,
    ),
]
SeedsFlag: TypeAlias = Annotated[
    int,
    typer.Option(
        "--seeds",
        metavar="N",
        help="Train each network with so many seeds; scores are means over them (default 1).",
        rich_help_panel="Training",
        show_default=False,
    ),
]
VaryFlag: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="KEY=A,B",
        help="Try values of a key of model or training with each network; repeatable, and each "
        "combination is a row.",
        rich_help_panel="Training",
        show_default=False,
    ),
]
BudgetFlag: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="Share 90s, 10m or 1h30m out equally over all fits of networks.",
        rich_help_panel="Training",
        show_default=False,
    ),
]
