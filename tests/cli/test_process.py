"""What only a process of its own shows: signals, pipes, streams and imports."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = {"torch", "pandas", "sklearn", "numpy", "matplotlib", "pydantic", "yaml"}
SLOW = """
import sys, time, types
from forecast.errors import Interrupted
def train(data, config, *, monitor, resume):
    monitor.start_fit("gru, fold 1 of 1", 0, 1, 9)
    print("ready", file=sys.stderr, flush=True)
    while True:
        time.sleep(0.02)
        if {obeys} and monitor.should_stop():
            raise Interrupted("stopped in fold 1 of 1", location="runs/a", fix="run it again")
module = types.ModuleType("forecast.workflows.train")
module.train = train
sys.modules["forecast.workflows.train"] = module
from forecast.cli.app import main
sys.argv = ["forecast", "train", "a.csv"]
main()
"""


def environment(**changes: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FORECAST_")}
    return {**kept, **changes}


def started(*, obeys: bool) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(obeys=obeys)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stderr is not None
    while process.stderr.readline() != "ready\n":
        assert process.poll() is None
    return process


def ended(process: subprocess.Popen[str]) -> str:
    _, talk = process.communicate(timeout=20)
    return talk


def test_first_interrupt_asks_the_run_to_stop() -> None:
    process = started(obeys=True)
    process.send_signal(signal.SIGINT)
    talk = ended(process)
    assert process.returncode == 130
    assert "stopping after this step" in talk
    assert "stopped: stopped in fold 1 of 1" in talk
    assert "Traceback" not in talk


def test_second_interrupt_leaves_at_once() -> None:
    process = started(obeys=False)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    talk = ended(process)
    assert process.returncode == 130
    assert talk.endswith("interrupted\n")
    assert "Traceback" not in talk


def test_terminate_is_143() -> None:
    process = started(obeys=False)
    process.terminate()
    talk = ended(process)
    assert process.returncode == 143
    assert "Traceback" not in talk


@pytest.mark.parametrize("ignored", [False, True], ids=["as it is", "under nohup"])
def test_terminal_that_goes_away_is_129_unless_hang_ups_are_ignored(
    tmp_path: Path, *, ignored: bool
) -> None:
    master, slave = pty.openpty()
    wanted = signal.SIG_IGN if ignored else signal.SIG_DFL
    talk = tmp_path / "talk"
    with talk.open("w") as heard:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c"),
                f"import fcntl, signal, termios; signal.signal(signal.SIGHUP, {int(wanted)})\n"
                "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n" + SLOW.format(obeys=False),
            ],
            stdin=slave,
            stdout=slave,
            stderr=heard,
            start_new_session=True,
            env=environment(),
        )
    os.close(slave)
    while "ready" not in talk.read_text():
        time.sleep(0.02)
        assert process.poll() is None
    os.close(master)
    if ignored:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
    assert process.wait(20) == (143 if ignored else 129)
    assert "Traceback" not in talk.read_text()


def test_closed_pipe_is_141_without_complaint() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "forecast", "config", "show"],
        stdout=writer,
        stderr=subprocess.PIPE,
        env=environment(),
        check=False,
    )
    os.close(writer)
    assert process.returncode == 141
    assert process.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_behind_standard_output_is_6() -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "forecast", "config", "show"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert process.returncode == 6
    what, where, fix = process.stderr.decode().splitlines()
    assert "No space left" in what
    assert "standard output" in where
    assert "free some space" in fix


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_talk_that_cannot_be_written_changes_no_exit_code() -> None:
    with Path("/dev/full").open("wb") as full:
        codes = [
            subprocess.run(
                [sys.executable, "-m", "forecast", *command],
                stdout=subprocess.DEVNULL,
                stderr=full,
                env=environment(),
                check=False,
            ).returncode
            for command in (["train", "nosuch.csv"], ["inspect", __file__], ["config", "show"])
        ]
    assert codes == [2, 4, 0]


def test_closed_standard_input_is_said() -> None:
    command = f"{shlex.quote(sys.executable)} -m forecast check - <&-"
    process = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, env=environment(), check=False
    )
    assert process.returncode == 2
    assert "standard input, and that is closed" in process.stderr


@pytest.mark.parametrize("verb", ["check", "train"])
def test_pipe_with_a_path_is_read_whole(tmp_path: Path, verb: str) -> None:
    rows = "".join(f"{value % 7 + 10}\n" for value in range(6000))  # more than one buffer
    process = subprocess.run(
        [
            *(sys.executable, "-m", "forecast", verb, "/dev/stdin", "--no-header"),
            *("--model", "naive", *(["--output", "run"] if verb == "train" else [])),
        ],
        input=rows,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "6,000 rows" in process.stdout + process.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_file_name_in_another_encoding_is_trained_on(tmp_path: Path) -> None:
    name = b"caf\xe9.csv"
    rows = "".join(f"2024-01-{day:02d},{day % 7}\n" for day in range(1, 29))
    (tmp_path / os.fsdecode(name)).write_text(f"date,y\n{rows}", encoding="utf-8")
    python = [sys.executable, "-m", "forecast", "train"]
    command: list[str | bytes] = [*python, name, "--model", "naive", "--output", "run"]
    process = subprocess.run(
        [*command, "--output", "run"],
        cwd=tmp_path,
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "caf" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_standard_output_that_is_a_file_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    rows = "".join(
        f"{town},2024-01-{day:02d},{day % 7}\n"
        for town in ("Zürich", "Bern")
        for day in range(1, 29)
    )
    (tmp_path / "a.csv").write_text(f"id,date,y\n{rows}", encoding="utf-8")
    said = [
        subprocess.run(
            [sys.executable, "-m", "forecast", "check", "a.csv", "--json"],
            cwd=tmp_path,
            capture_output=True,
            env=environment(**changes),
            check=True,
        ).stdout
        for changes in ({}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})
    ]
    assert said[0] == said[1]
    assert "Zürich" in said[0].decode("utf-8")


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    # Typer itself loads pydantic for the options of a command.
    [(["--help"], HEAVY | {"pygments"}), (["train", "--help"], HEAVY - {"pydantic"})],
)
def test_help_loads_no_heavy_module(arguments: list[str], heavy: set[str]) -> None:
    code = (
        f"import sys; from forecast.cli.app import run; code = run({arguments}); "
        f"print(sorted({set(heavy)} & set(sys.modules)), file=sys.stderr)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert process.stderr == "[]\n"


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("forecast tr", "train"),
        ("forecast train --gradient", "--gradient-clip"),
        ("forecast config s", "show"),
    ],
)
def test_word_that_may_follow_is_completed(words: str, completed: str) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    process = subprocess.run(
        [sys.executable, "-m", "forecast"],
        capture_output=True,
        text=True,
        env={**environment(), "_FORECAST_COMPLETE": "complete_bash", **asked},
        check=True,
    )
    assert process.stdout.split() == [completed]


def test_package_loads_no_heavy_module_and_shows_its_names() -> None:
    code = f"import sys, forecast; print(sorted({HEAVY} & set(sys.modules)), dir(forecast))"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    names = (
        "['Chances', 'Config', '__version__', 'audit', 'check', 'compare', 'configure', "
        "'evaluate', 'evaluate_actuals', 'evaluate_forecasts', 'inspect', 'predict', "
        "'predict_chances', 'side_by_side', 'train']"
    )
    assert process.stdout == f"[] {names}\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OMP_WAIT_POLICY", "PASSIVE"), ("THP_MEM_ALLOC_ENABLE", "1")],
    ids=["threads sleep rather than spin", "memory comes in large pages"],
)
def test_torch_is_told_before_it_is_loaded(variable: str, value: str) -> None:
    code = (
        f"import atexit, os, sys; atexit.register(lambda: print(os.environ['{variable}'])); "
        "sys.argv = ['forecast', '--version']; from forecast.cli.app import main; main()"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert process.stdout.splitlines()[-1] == value
    own = environment() | {variable: "0"}
    again = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=own, check=True
    )
    assert again.stdout.splitlines()[-1] == "0"


FAILING = """
import sys, types
from forecast.errors import TrainingError
from forecast.training.monitor import EpochRecord
def train(data, config, *, monitor, resume):
    monitor.say("sales.csv: 9 rows")
    monitor.start_fit("gru, fold 1 of 1", 0, 1, 2)
    monitor.end_epoch(EpochRecord("gru, fold 1 of 1", 1, 2, 9, 0.5, 0.25, 0.001, 1.0, True))
    monitor.say("half the learning rate")
    raise TrainingError("diverged")
module = types.ModuleType("forecast.workflows.train")
module.train = train
sys.modules["forecast.workflows.train"] = module
from forecast.cli.app import main
sys.argv = ["forecast", "train", "a.csv"]
main()
"""
CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlsu]")


@pytest.mark.parametrize(
    ("variables", "drawn"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
    ids=["terminal", "no colour", "dumb"],
)
def test_bars_move_the_cursor_only_where_it_moves(variables: dict[str, str], drawn: bool) -> None:
    shown = on_terminal(["-c", FAILING], variables)
    assert bool(CURSOR.search(shown)) == drawn
    assert ("epoch 1/2" in shown) == (not drawn)
    assert "sales.csv: 9 rows" in shown
    assert "half the learning rate" in shown
    assert "diverged" in shown


def on_terminal(arguments: list[str], variables: dict[str, str]) -> str:
    """What a process of Python writes to standard error where that is a terminal."""
    ours, theirs = pty.openpty()
    inherited = {k: v for k, v in environment().items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
    subprocess.run(
        [sys.executable, *arguments], stderr=theirs, env={**inherited, **variables}, check=False
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal whose other side is closed
        while chunk := os.read(ours, 4096):
            shown += chunk
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize(("variable", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_on_a_terminal_unless_asked_not_to(variable: dict[str, str], coloured: bool) -> None:
    command = ["-m", "forecast", "train", "a.csv", "--set", "x"]
    shown = on_terminal(command, {"TERM": "xterm-256color", **variable})
    assert ("\x1b[1;31m" in shown) == coloured
    assert "error:" in shown


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_stream_that_is_closed_is_not_written_to(closed: str, tmp_path: Path) -> None:
    rows = [f"2024-01-{day:02d},{day % 5}" for day in range(1, 29)]
    (tmp_path / "a.csv").write_text("\n".join(["ds,y", *rows]), encoding="utf-8")
    arguments = ["train", "a.csv", "--model", "naive", "--horizon", "2", "--output", "run"]
    script = f'exec "$@" {["stdout", "stderr"].index(closed) + 1}>&-'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-m", "forecast", *arguments],  # noqa: S607
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "bundle.safetensors").exists()
    assert not getattr(done, closed)
    assert done.stdout or done.stderr
