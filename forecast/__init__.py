"""Train, validate and use recurrent forecasters of time series.

>>> import forecast  # loads neither torch nor pandas
>>> config = forecast.configure({"model.name": "lstm", "model.horizon": 24})
>>> config.model.horizon
24

The verbs of the command line are functions here: ``forecast.train("sales.csv", config)`` returns
what was done and prints nothing. The mapping itself will do for a configuration, too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.config.schema import Config
    from forecast.workflows.audit import audit
    from forecast.workflows.check import check
    from forecast.workflows.compare import compare
    from forecast.workflows.configure import configure
    from forecast.workflows.evaluate import evaluate, evaluate_actuals
    from forecast.workflows.evaluate_file import evaluate_forecasts
    from forecast.workflows.forecasting.chances import Chances
    from forecast.workflows.inspect import inspect
    from forecast.workflows.predict import predict, predict_chances
    from forecast.workflows.side_by_side import side_by_side
    from forecast.workflows.train import train

__all__ = [
    "Chances",
    "Config",
    "__version__",
    "audit",
    "check",
    "compare",
    "configure",
    "evaluate",
    "evaluate_actuals",
    "evaluate_forecasts",
    "inspect",
    "predict",
    "predict_chances",
    "side_by_side",
    "train",
]

__version__ = "0.1.0"

_HOMES = {
    "Chances": "forecast.workflows.forecasting.chances",
    "Config": "forecast.config.schema",
    "audit": "forecast.workflows.audit",
    "check": "forecast.workflows.check",
    "compare": "forecast.workflows.compare",
    "configure": "forecast.workflows.configure",
    "evaluate": "forecast.workflows.evaluate",
    "evaluate_actuals": "forecast.workflows.evaluate",
    "evaluate_forecasts": "forecast.workflows.evaluate_file",
    "inspect": "forecast.workflows.inspect",
    "predict": "forecast.workflows.predict",
    "predict_chances": "forecast.workflows.predict",
    "side_by_side": "forecast.workflows.side_by_side",
    "train": "forecast.workflows.train",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
