"""The generated parts of the README, between ``<!-- generated: NAME -->`` and ``<!-- end -->``.

``python -m tests.docs.readme`` writes the quick ones again: help, tables, an error. With
``--sessions`` it trains as well, and writes what the command line said.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(
    r"(<!-- generated: (?P<name>[\w ]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL
)
COMMAND = re.compile(r"^\$ (forecast .*)$", re.MULTILINE)
PROGRESS = re.compile(r": (epoch \d+/|fit \d+ of)")  # bars on a terminal, gone when they are done
LINKED = ("data", "configs")


def replaced(text: str, bodies: Mapping[str, str]) -> str:
    """Put each body into the block of its name; other blocks stay."""

    def body(match: re.Match[str]) -> str:
        return match[1] + bodies.get(match["name"], match["body"]) + match[4]

    return BLOCK.sub(body, text)


def blocks(text: str) -> dict[str, str]:
    """Return the body of each generated block."""
    return {match["name"]: match["body"] for match in BLOCK.finditer(text)}


def quick() -> dict[str, str]:
    """Return the blocks that take no training."""
    return {
        "help": fenced("$ forecast --help\n" + said("--help")),
        "check": fenced(checked("data/pedestrians_hourly.csv")),
        "audit": fenced(session("$ forecast audit data/electrical_turnover_monthly.csv --quiet")),
        "models": fenced(session("$ forecast models --input-size 10 --hidden-size 50")),
        "help predict": fenced("$ forecast predict --help\n" + said("predict", "--help")),
        "configuration": configuration(),
        "error": fenced(
            session("$ forecast train data/pedestrians_daily_long.csv --target walkers")
        ),
    }


def checked(path: str) -> str:
    """Return what a check says, but for the tests that an extra may bring."""
    lines = session(f"$ forecast check {path}").splitlines()
    return "\n".join(line for line in lines if "ADF" not in line and "stationarity" not in line)


def sessions(text: str) -> dict[str, str]:
    """Run the commands of the blocks named ``session ...`` in their order, in one new folder."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        linked(Path(folder))
        for name, body in blocks(text).items():
            if name.startswith("session"):
                commands = "\n".join(f"$ {line}" for line in COMMAND.findall(body))
                found[name] = fenced(session(commands, folder=Path(folder)))
    return found


def linked(folder: Path) -> None:
    """Make the files that the README names reachable from a folder."""
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)


def session(commands: str, *, folder: Path = ROOT, run: Callable[..., str] | None = None) -> str:
    """Run ``$ forecast ...`` lines and return them with what they said."""
    shown = []
    for line in COMMAND.findall(commands):
        talk = (run or said)(*line.split()[1:], folder=folder)
        kept = [words for words in talk.splitlines() if not PROGRESS.search(words)]
        shown.append("\n".join([f"$ {line}", *kept]))
    return "\n\n".join(shown) + "\n"


def said(*arguments: str, folder: Path = ROOT) -> str:
    """Run a command in a process of its own; return both streams in the order of their lines."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORECAST_")}
    done = subprocess.run(
        [sys.executable, "-u", "-m", "forecast", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.strip().splitlines())


def fenced(text: str) -> str:
    """Set text in a fence."""
    return f"```console\n{text.strip()}\n```\n"


def configuration() -> str:
    """Return all keys with their flags as a table."""
    from forecast.cli.options import FLAGS
    from forecast.config.fields import fields
    from forecast.config.yaml import write_value

    flags = {flag.key: ", ".join(f"`{name}`" for name in flag.declared) for flag in FLAGS}
    rows = ["| key | flag | default | takes | what it is |", "|---|---|---|---|---|"]
    for key, facts in fields().items():
        cells = [
            f"`{key}`",
            flags.get(key, "`--set`"),
            f"`{write_value(facts.default)}`",
            facts.allowed,
            facts.description,
        ]
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"


def main(arguments: list[str]) -> None:
    """Write the README again."""
    text = README.read_text(encoding="utf-8")
    bodies = quick()
    if "--sessions" in arguments:
        bodies |= sessions(text)
    README.write_text(replaced(text, bodies), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
