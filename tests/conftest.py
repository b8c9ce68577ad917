"""What all tests share: profiles of hypothesis, the shared data sets, and one thread for torch."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile("nightly", parent=settings.get_profile("dev"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Keep torch to one thread, where a test has it loaded: two workers share two cores."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _blank_charts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the charts of reports blank but where a test looks at them: they are half of a run."""
    if request.node.get_closest_marker("charts") is None:
        monkeypatch.setattr("forecast.report.charts.to_svg", _blank)


def _blank(build: object, *, name: str, label: str) -> str:
    return f'<svg role="img" aria-label="{label}"></svg>'


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Give the folder of the larger public series, which is no part of the repository."""
    folder = Path(os.environ.get("FORECAST_DATASETS", ROOT.parent / "shared" / "datasets"))
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}: set FORECAST_DATASETS to their folder")
    return folder
