"""``forecast models``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import console
from forecast.cli.options import DebugFlag, JsonFlag

if TYPE_CHECKING:
    from forecast.models.catalogue import Entry, Sizes
    from forecast.workflows.models import ModelsResult

MOST_UNITS, MOST_LAYERS = 65_536, 16
EPILOG = (
    "Examples:\n\n[bold]forecast models --input-size 10 --hidden-size 50[/bold]\n\n"
    "[bold]forecast models --model lstm --num-layers 2 --bidirectional[/bold]"
)


def models(
    *,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", rich_help_panel="Model", help="Tell all of one model: lstm, ..."
        ),
    ] = None,
    input_size: Annotated[
        int,
        typer.Option(
            metavar="E", min=1, max=MOST_UNITS, rich_help_panel="Model", help="Numbers read a step."
        ),
    ] = 1,
    hidden_size: Annotated[
        int,
        typer.Option(
            metavar="D", min=1, max=MOST_UNITS, rich_help_panel="Model", help="Hidden units."
        ),
    ] = 64,
    num_layers: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, max=MOST_LAYERS, rich_help_panel="Model", help="Recurrent layers."
        ),
    ] = 1,
    bidirectional: Annotated[
        bool,
        typer.Option(
            "--bidirectional", rich_help_panel="Model", help="Each layer reads both ways."
        ),
    ] = False,
    as_json: JsonFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """List cells, rules, decoders and heads: when to use each, and what it costs."""
    from forecast.models.catalogue import Sizes
    from forecast.workflows.models import list_models

    sizes = Sizes(input_size, hidden_size, num_layers, bidirectional)
    result = list_models(model, sizes=sizes)
    if as_json:
        console.write_json(result.document())
    elif model is None:
        console.write_lines(_list(result))
    else:
        console.write_lines(_detail(result, result.models[0]))


def _list(result: ModelsResult) -> Iterator[str]:
    """Say everything there is, one line each."""
    cells, comparators, rules, methods = (
        [entry for entry in result.models if entry.kind == kind]
        for kind in ("cell", "comparator", "rule", "statistical")
    )
    yield f"cells (--model), with the parameters of {_words(result.sizes)}"
    totals = [result.total(entry.name) for entry in cells]
    columns = [
        ["", *(entry.name for entry in cells)],
        ["a layer", *(entry.formula for entry in cells)],
        ["textbook", *(f"{total.textbook:,}" for total in totals)],
        ["actual", *(f"{total.actual:,}" for total in totals)],
        ["", *(entry.use for entry in cells)],
    ]
    yield from _table(columns, right=(2, 3))
    yield "  E numbers are read a step, D are hidden units; torch has a second bias in each gate"
    yield ""
    yield "comparators (--model), under the same trainer, windows, decoders and heads"
    yield from _uses(comparators)
    yield ""
    yield "rules (--model), which learn nothing and are to be beaten"
    yield from _uses(rules)
    yield ""
    yield "statistical methods (--model), a few numbers fitted to each series"
    yield from _uses(methods)
    yield ""
    yield "decoders (--decoder), from what was read to the horizon"
    yield from _uses(result.decoders)
    yield ""
    yield "heads (--head), what is forecast of each step"
    columns = [
        ["", *(entry.name for entry in result.heads)],
        ["numbers", *(entry.numbers for entry in result.heads)],
        ["", *(entry.use for entry in result.heads)],
    ]
    yield from _table(columns)


def _detail(result: ModelsResult, entry: Entry) -> Iterator[str]:
    """Tell all of one model."""
    yield f"{entry.name}: {entry.title}"
    yield f"  {entry.use}"
    if entry.source:
        yield f"  {entry.source}"
    yield ""
    yield from (f"  {equation}" for equation in entry.equations)
    yield ""
    if entry.kind == "rule":
        yield "  no parameters: a rule learns nothing"
        return
    if entry.kind == "comparator":
        yield "  parameters: 'forecast inspect' counts those of a trained one"
        return
    if entry.kind == "statistical":
        yield "  parameters: a few numbers for each series"
        return
    yield f"  parameters of a layer that reads E numbers a step, D hidden units: {entry.formula}"
    yield f"  those of {_words(result.sizes)}:"
    layers = [*result.counts[entry.name], result.total(entry.name)]
    columns = [
        ["layer", *map(str, range(1, len(layers))), "all"],
        ["reads", *(f"{layer.reads:,}" for layer in layers[:-1]), ""],
        ["textbook", *(f"{layer.textbook:,}" for layer in layers)],
        ["actual", *(f"{layer.actual:,}" for layer in layers)],
    ]
    yield from _table(columns, right=(0, 1, 2, 3))
    yield "  actual: torch has a second bias in each gate"


def _uses(chosen: Sequence[Entry]) -> Iterator[str]:
    return _table([[entry.name for entry in chosen], [entry.use for entry in chosen]])


def _words(sizes: Sizes) -> str:
    """Sizes in words: ``2 layers of 50 units both ways, reading 10 numbers``."""
    layers = f"{sizes.num_layers} layer{'s' if sizes.num_layers > 1 else ''}"
    units = f"{sizes.hidden_size:,} unit{'s' if sizes.hidden_size > 1 else ''}"
    numbers = f"{sizes.input_size:,} number{'s' if sizes.input_size > 1 else ''}"
    return f"{layers} of {units}{' both ways' if sizes.bidirectional else ''}, reading {numbers}"


def _table(columns: Sequence[Sequence[str]], right: tuple[int, ...] = ()) -> Iterator[str]:
    """Set columns beside each other, indented; those of ``right`` end below each other."""
    widths = [max(map(len, column)) for column in columns]
    for row in zip(*columns, strict=True):
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"  {'  '.join(cells)}".rstrip()
