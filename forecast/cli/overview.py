"""The list of the commands: it costs little to show, whatever a command costs to build.

Typer inspects every flag of every command before it shows anything, and draws help with what it
also needs for Markdown and tracebacks. Here a command is built when it is to read its arguments,
and the list is drawn with panels and tables alone, in the look of the help of a command.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
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

CONTEXT = {"help_option_names": ["-h", "--help"]}
NEED_NOTHING = ("models",)  # others show their help where there are no arguments
SHORT, LONG, BORDER = "bold green", "bold cyan", "dim"


class Later(TyperCommand):
    """A command of `forecast.cli.commands`: imported to be listed, and built when it is to run."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.home = f"forecast.cli.commands.{name}"

    def listed(self) -> Later:
        """Return it with its help."""
        self.help = getattr(import_module(self.home), str(self.name)).__doc__
        return self

    def build(self) -> Command:
        """Return it with its flags."""
        home = import_module(self.home)
        app = getattr(home, "app", None)  # of a command that has commands
        if app is None:
            app = Typer(add_completion=False)
            app.command(
                epilog=home.EPILOG,
                no_args_is_help=self.name not in NEED_NOTHING,
                context_settings=CONTEXT,
            )(getattr(home, str(self.name)))
        return get_command(app)


class Overview(TyperGroup):
    """Commands whose help is a list of them."""

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return a command with its help, and without its flags."""
        command = super().get_command(ctx, cmd_name)
        return command.listed() if isinstance(command, Later) else command

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
            (Text(name, LONG), Text(_summary(self.get_command(ctx, name))))
            for name in self.list_commands(ctx)
        ]
        console = Console(highlight=False, markup=False, emoji=False)
        console.print(Padding(usage, 1))
        console.print(Padding(self.help or "", (0, 1, 1, 1)))
        console.print(_panel("Options", options))
        console.print(_panel("Commands", commands))
        console.print(Padding(self.epilog or "", 1))


def _summary(command: Command | None) -> str:
    text = None if command is None else command.help
    return (text or "").partition("\n\n")[0]


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
