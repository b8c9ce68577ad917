"""Every flag that sets a configuration key, defined once.

Values stay text here: the configuration reads them, so that a flag, a variable and a file refuse a
value with the same words. Listing the flags loads neither the configuration nor its libraries.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

Panel: TypeAlias = Literal["Data", "Model", "Training", "Validation", "Output"]
COUNT = "N|auto"
SIZE = "ROWS|FRACTION"

JsonFlag: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON document on standard output, and nothing else there.",
        rich_help_panel="Output",
    ),
]
QuietFlag: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Say nothing on standard error but errors.",
        rich_help_panel="Output",
    ),
]
DebugFlag: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Print the full traceback of an error; FORECAST_DEBUG=1 does so too.",
        rich_help_panel="Output",
    ),
]
DataArgument: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA",
        help="CSV file, packed or not, or Parquet; several, or a pattern in quotes, are one panel; "
        "- for standard input.",
    ),
]


OptionalDataArgument: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DATA",
        help="CSV file, packed or not, or Parquet; several, or a pattern in quotes, are one panel; "
        "- for standard input. Not needed with --resume.",
        show_default=False,
    ),
]
ResumeFlag: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="RUN",
        help="Go on with a run that was cut off, from its last epoch.",
        rich_help_panel="Training",
        show_default=False,
    ),
]


GateFlag: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--fail-if-worse-than",
        metavar="BASELINE",
        help="End with code 5, after all was written, where seasonal_naive or naive does better.",
        rich_help_panel="Validation",
        show_default=False,
    ),
]
DryRunFlag: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Show the folds that there would be, and train nothing.",
        rich_help_panel="Validation",
    ),
]


@dataclass(frozen=True)
class Flag:
    """A flag and the configuration key it sets; ``off`` is the name that sets a switch to no."""

    key: str
    panel: Panel
    metavar: str
    help: str
    names: tuple[str, ...] = ()
    kind: Literal["value", "list", "switch"] = "value"
    off: str | None = None

    @property
    def declared(self) -> tuple[str, ...]:
        """Return its names; the first is ``--`` and the key unless said otherwise."""
        return self.names or ("--" + self.key.partition(".")[2].replace("_", "-"),)

    def parameter(self) -> inspect.Parameter:
        """Return it as a parameter that Typer reads."""
        option = typer.Option(
            *(self.declared if self.off is None else [f"{self.declared[0]}/{self.off}"]),
            help=self.help,
            metavar=None if self.kind == "switch" else self.metavar,
            rich_help_panel=self.panel,
            show_default=False,
        )
        base = {"value": str | None, "list": list[str] | None, "switch": bool | None}[self.kind]
        return inspect.Parameter(
            self.key.replace(".", "_"),
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[base, option],
        )


FLAGS: tuple[Flag, ...] = (
    Flag(
        "data.target",
        "Data",
        "COLUMN",
        "Column to forecast; repeat it for several, or 'all' for every numeric column.",
        kind="list",
    ),
    Flag("data.time", "Data", "COLUMN", "Column of the time stamps; repeatable.", kind="list"),
    Flag("data.id", "Data", "COLUMN", "Column that names the series; repeatable.", kind="list"),
    Flag("data.freq", "Data", "ALIAS|auto", "Sampling step: h, D, W, MS, 15min, ..."),
    Flag("data.season_length", "Data", COUNT, "Season in steps; by default from the step."),
    Flag("data.layout", "Data", "NAME", "auto (the default), long, wide or rows."),
    Flag(
        "data.fill",
        "Data",
        "NAME",
        "none (the default), interpolate, forward, seasonal or zero: what stands for a missing "
        "value.",
    ),
    Flag(
        "data.transform",
        "Data",
        "NAME",
        "What a network forecasts: values (none (the default)), log1p, sqrt, box-cox, difference "
        "or seasonal-difference; forecasts are inverted.",
    ),
    Flag(
        "data.non_negative",
        "Data",
        "",
        "Forecasts and intervals below 0 become 0.",
        names=("--non-negative",),
        kind="switch",
    ),
    Flag("data.max_gap", "Data", "N", "More missing values in a row split a series."),
    Flag(
        "data.duplicates",
        "Data",
        "NAME",
        "Rows of equal time: refuse (the default), mean, sum, first, last or max.",
    ),
    Flag("data.resample", "Data", "ALIAS", "Coarser step to gather rows into: D, W, MS, ..."),
    Flag(
        "data.aggregate",
        "Data",
        "NAME",
        "How: mean (the default), sum, first, last or max.",
    ),
    Flag(
        "data.calendar",
        "Data",
        "NAME",
        "regular (the default), or observed: only kinds of stamps that occur.",
    ),
    Flag(
        "data.past_covariates",
        "Data",
        "COLUMN",
        "Column known up to the forecast (a sensor); repeatable.",
        kind="list",
    ),
    Flag(
        "data.future_covariates",
        "Data",
        "COLUMN",
        "Column known for the steps ahead, too (a price); repeatable.",
        kind="list",
    ),
    Flag(
        "data.static_covariates",
        "Data",
        "COLUMN",
        "Column with one value per series (a region); repeatable.",
        kind="list",
    ),
    Flag("data.holidays", "Data", "COUNTRY", "See its public holidays: DE, US-CA, ..."),
    Flag("data.since", "Data", "TIME", "First moment of the rows to take."),
    Flag("data.until", "Data", "TIME", "Last moment of the rows to take."),
    Flag(
        "data.series",
        "Data",
        "NAME",
        "Series to take, or a pattern such as 'store_*'; repeatable.",
        kind="list",
    ),
    Flag("data.exclude", "Data", "NAME", "Series to leave out, likewise.", kind="list"),
    Flag(
        "data.missing_values",
        "Data",
        "CELL",
        "What counts as missing beside empty cells, NaN, NA, '?', '-' and None; repeatable.",
        kind="list",
    ),
    Flag(
        "data.date_format",
        "Data",
        "FORMAT|auto",
        "How dates are written: '%d.%m.%Y', epoch, excel, none.",
    ),
    Flag(
        "data.no_header",
        "Data",
        "",
        "The first line is a row: columns are called column_1, column_2, ...",
        names=("--no-header",),
        kind="switch",
    ),
    Flag(
        "data.allow_truncated",
        "Data",
        "",
        "Drop a last line that was cut off.",
        names=("--allow-truncated",),
        kind="switch",
    ),
    Flag(
        "model.name",
        "Model",
        "NAME",
        "gru (the default), lstm, rnn, or another that 'forecast models' lists.",
        names=("--model",),
    ),
    Flag("model.horizon", "Model", COUNT, "Steps ahead; by default one season."),
    Flag("model.context_length", "Model", COUNT, "Input window in steps (lookback)."),
    Flag(
        "model.segment_length",
        "Model",
        COUNT,
        "Observations that one recurrent step reads (1 = classic).",
    ),
    Flag("model.hidden_size", "Model", COUNT, "Units of the recurrent state."),
    Flag("model.num_layers", "Model", "N", "Recurrent layers (default 1)."),
    Flag("model.dropout", "Model", "SHARE", "Share of units dropped while training (default 0)."),
    Flag("model.scaler", "Model", "NAME", "standard (the default), minmax, robust or none."),
    Flag(
        "model.scaler_scope",
        "Model",
        "NAME",
        "series (the default) scales each by itself, global all alike.",
    ),
    Flag(
        "model.decoder",
        "Model",
        "NAME",
        "How the horizon is written: direct (the default), parallel, recursive or seq2seq.",
    ),
    Flag(
        "model.head",
        "Model",
        "NAME",
        "point (the default), quantile, gaussian, student-t or negative-binomial.",
    ),
    Flag(
        "model.loss",
        "Model",
        "NAME",
        "mae (the default), mse, huber, smape or mase; pinball and nll by the head.",
    ),
    Flag(
        "model.supervision",
        "Model",
        "NAME",
        "Learn from the last step of a context (the default), or from every-step.",
    ),
    Flag("training.epochs", "Training", COUNT, "Most passes over the training windows."),
    Flag("training.max_steps", "Training", "N", "Most optimiser steps."),
    Flag("training.batch_size", "Training", COUNT, "Windows per step."),
    Flag("training.learning_rate", "Training", "RATE", "Peak learning rate (default 0.001)."),
    Flag(
        "training.gradient_clip", "Training", "NORM", "Largest gradient norm (default 1, 0 = off)."
    ),
    Flag("training.precision", "Training", "BITS", "auto (the default), 32 or bf16."),
    Flag("training.max_time", "Training", "TIME", "Most time of each fit: 90s, 10m, 2h."),
    Flag("training.seed", "Training", "N", "Seed of weights and batches (default 0)."),
    Flag("training.device", "Training", "DEVICE", "auto (the default), cpu, cuda or cuda:N."),
    Flag("training.threads", "Training", "N|auto", "Processor threads; auto takes what pays here."),
    Flag("validation.folds", "Validation", COUNT, "Folds of the validation (default 3, 0 = none)."),
    Flag("validation.step_size", "Validation", COUNT, "Steps between the cutoffs of a fold."),
    Flag("validation.gap", "Validation", "N", "Steps between training and first cutoff."),
    Flag("validation.window", "Validation", "KIND", "expanding (the default), rolling or blocked."),
    Flag(
        "validation.cutoffs",
        "Validation",
        "TIME|N",
        "Forecast from here, one fold each: a time, or N steps back from the end; repeatable.",
        kind="list",
    ),
    Flag("validation.max_train_size", "Validation", "ROWS", "Rows of a rolling training window."),
    Flag(
        "validation.refit",
        "Validation",
        "every|never|N",
        "For which folds to train: every (the default), each N-th, or never after the first.",
    ),
    Flag(
        "validation.train_size", "Validation", SIZE, "Training rows from the first on (0.6, 8640)."
    ),
    Flag("validation.validation_size", "Validation", SIZE, "Rows after them for early stopping."),
    Flag("validation.test_size", "Validation", SIZE, "Rows after those for the scores."),
    Flag(
        "validation.final_fit",
        "Validation",
        "",
        "Keep a model of all rows, or that of the last fold; by default of all rows unless sizes "
        "are given.",
        names=("--final-fit",),
        kind="switch",
        off="--no-final-fit",
    ),
    Flag(
        "validation.level",
        "Validation",
        "PERCENT",
        "Level of the intervals; repeatable (default 80 and 95).",
        kind="list",
    ),
    Flag(
        "validation.intervals",
        "Validation",
        "SOURCE",
        "Made of past errors: conformal (the default); of the model's own head: head; or none.",
    ),
    Flag(
        "run.jobs",
        "Training",
        COUNT,
        "Folds trained at once, each in a process (default 1); no number changes a result.",
    ),
    Flag(
        "run.output",
        "Output",
        "FOLDER",
        "Run folder; by default runs/<file stem>-<model>.",
        names=("--output", "-o"),
    ),
    Flag(
        "run.force",
        "Output",
        "",
        "Replace the named run folder.",
        names=("--force", "-f"),
        kind="switch",
    ),
)
