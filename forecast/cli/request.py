"""What the configuration flags of a command said, collected in one parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.options import FLAGS

if TYPE_CHECKING:
    from forecast.config.load import Resolved


@dataclass(frozen=True)
class Request:
    """What the flags said: a file, values by key, and ``--set`` texts."""

    file: Path | None = None
    flags: Mapping[str, object] = field(default_factory=dict)
    sets: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Dotted keys that were given on the command line."""
        flags = (key for key, value in self.flags.items() if value is not None)
        return (*flags, *(text.partition("=")[0].strip() for text in self.sets))

    def resolve(self, environ: Mapping[str, str]) -> Resolved:
        """Bring the request, the environment and the defaults together."""
        from forecast.config.load import resolve_config

        return resolve_config(file=self.file, environ=environ, flags=self.flags, sets=self.sets)


def takes_configuration(
    *, without: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the configuration flags, collected in its parameter ``request``.

    Typer reads flags from a signature, so the flags are appended to that of the command.

    Parameters
    ----------
    without : tuple of str
        Keys whose flags the command does not take.
    """
    flags = [flag for flag in FLAGS if flag.key not in without]
    extra = [*(flag.parameter() for flag in flags), *_common()]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        kept = [value for name, value in own.parameters.items() if name != "request"]

        def collect(**given: object) -> None:
            config, sets = given.pop("config"), given.pop("sets")
            request = Request(
                file=config if isinstance(config, Path) else None,
                flags={flag.key: given.pop(flag.key.replace(".", "_")) for flag in flags},
                sets=tuple(sets) if isinstance(sets, list) else (),
            )
            command(request=request, **given)

        positional = [item for item in kept if item.kind is item.POSITIONAL_OR_KEYWORD]
        parameters = [*positional, *extra, *(item for item in kept if item not in positional)]
        collect.__name__ = command.__name__
        collect.__doc__ = command.__doc__
        collect.__annotations__ = {item.name: item.annotation for item in parameters}
        collect.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return collect

    return decorate


def _common() -> tuple[inspect.Parameter, inspect.Parameter]:
    config = typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Configuration in YAML; variables and flags override it.",
        rich_help_panel="Output",
        show_default=False,
    )
    sets = typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Set any configuration key; repeatable ('forecast config show' lists them).",
        rich_help_panel="Output",
        show_default=False,
    )
    kind = inspect.Parameter.KEYWORD_ONLY
    return (
        inspect.Parameter("config", kind, default=None, annotation=Annotated[Path | None, config]),
        inspect.Parameter("sets", kind, default=None, annotation=Annotated[list[str] | None, sets]),
    )
