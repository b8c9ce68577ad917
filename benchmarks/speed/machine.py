"""On what, and with which versions, something is measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.speed.process import CONTENDERS, PEER_NAMES, Contender

PACKAGES = ("torch", "numpy", "pandas", "neuralforecast", "darts", "pytorch-lightning")
VERSIONS = """
import platform
from importlib import metadata
print("Python", platform.python_version())
for name in {names}:
    try:
        print(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        pass
"""


def machine() -> str:
    """Processor, cores, memory and system, in words."""
    cpu = Path("/proc/cpuinfo")
    text = cpu.read_text(encoding="utf-8", errors="replace") if cpu.exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    name = found[1] if found else platform.machine()
    return f"{cores} cores ({name}), {memory:.0f} GiB of memory, {platform.system()}"


def versions(contender: Contender) -> str:
    """Versions in the environment of a contender, in words."""
    done = subprocess.run(
        [str(contender.python), "-c", VERSIONS.format(names=PACKAGES)],
        capture_output=True,
        text=True,
        check=True,
    )
    return ", ".join(done.stdout.splitlines())


def all_versions() -> dict[str, str]:
    """Versions of each contender that is built, by name."""
    named = {name: CONTENDERS[name] for name in ("ours", *PEER_NAMES)}
    return {name: versions(contender) for name, contender in named.items() if contender.built}
