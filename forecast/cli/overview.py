"""The list of the commands: it costs little to show, whatever a command costs to build.

Typer inspects every flag of every command before it shows anything, and draws help with what it
also needs for Markdown and tracebacks. Here a command is built when it is to read its arguments,
and the list is drawn with panels and tables alone, in the look of the help of a command.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.panel import Panel
    from rich.text import Text
    from typer._click.core import Command, Context, Parameter
    from typer._click.formatting import HelpFormatter

SHORT, LONG, BORDER = "bold green", "bold cyan", "dim"


class Later(TyperCommand):
    """A command that is listed by its name and help, and built when it is to read arguments."""

    def __init__(self, name: str, app: Typer, *, text: str | None) -> None:
        super().__init__(name, help=text)
        self.app = app

    def build(self) -> Command:
        """Return it with its flags."""
        return get_command(self.app)


class Overview(TyperGroup):
    """Commands whose help is a list of them."""

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Build the command that the arguments name."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.build() if isinstance(command, Later) else command, rest

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - a base's
        """Print usage, options, commands and exit codes."""
        from rich.console import Console
        from rich.padding import Padding
        from rich.text import Text

        usage = Text(self.get_usage(ctx), "bold")
        usage.highlight_words(["Usage: "], "yellow")
        options = [_option(parameter) for parameter in self.get_params(ctx)]
        commands = [
            (Text(name, LONG), Text((command.help or "").partition("\n\n")[0]))
            for name, command in self.commands.items()
        ]
        console = Console(highlight=False, markup=False, emoji=False)
        console.print(Padding(usage, 1))
        console.print(Padding(self.help or "", (0, 1, 1, 1)))
        console.print(_panel("Options", options))
        console.print(_panel("Commands", commands))
        console.print(Padding(self.epilog or "", 1))


def _option(parameter: Parameter) -> tuple[Text, Text, str]:
    """Return its long names, its short ones and its help."""
    from rich.text import Text

    long = [name for name in parameter.opts if name.startswith("--")]
    short = [name for name in parameter.opts if name not in long]
    text: str = getattr(parameter, "help", None) or ""
    return Text(",".join(long), LONG), Text(",".join(short), SHORT), text


def _panel(title: str, rows: Iterable[tuple[RenderableType, ...]]) -> Panel:
    from rich.panel import Panel
    from rich.table import Table

    table = Table(show_header=False, expand=True, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    for column in table.columns[:-1]:
        column.no_wrap = True
    table.columns[-1].ratio = 1
    return Panel(table, title=title, title_align="left", border_style=BORDER)
