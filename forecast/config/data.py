"""The `data` section: how the table is read."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from forecast.config.section import Auto, Name, Names, Rows, Section, Steps

TransformName: TypeAlias = Literal[
    "none", "log1p", "sqrt", "box-cox", "difference", "seasonal-difference"
]


class DataConfig(Section):
    """How the table is read."""

    target: Names = Field(
        default=(),
        description="Columns to forecast; several become several series of one model; "
        "`all` takes every numeric column; empty finds it.",
        examples=[("sales",)],
    )
    time: Names = Field(
        default=(),
        description="Column of the time stamps; several are joined; empty finds it.",
        examples=[("date",)],
    )
    id: Names = Field(
        default=(),
        description="Column that names the series; several are joined with `/`; empty finds it.",
        examples=[("store",)],
    )
    freq: Name = Field(
        default="auto",
        description="Sampling step as a pandas alias (`h`, `D`, `W-SUN`, `MS`).",
    )
    season_length: Steps | Auto = Field(
        default="auto",
        description="Season in steps; automatic is by the frequency, or by autocorrelation "
        "where there is none.",
    )
    layout: Literal["auto", "long", "wide", "rows"] = Field(
        default="auto",
        description="A row per series and time, a column per series, or a row per series with "
        "its values from the left.",
    )
    fill: Literal["none", "interpolate", "forward", "seasonal", "zero"] = Field(
        default="none",
        description="What a network sees where a value is missing, made from earlier rows only; "
        "`none` masks it. A missing value is never a target.",
    )
    max_gap: Steps | None = Field(
        default=None,
        description="More missing values in a row split a series: no window reaches across.",
        examples=[14],
    )
    transform: TransformName = Field(
        default="none",
        description="What a network forecasts in place of the values, inverted afterwards; the "
        "intervals of a rule follow `log1p`, `sqrt` and `box-cox`.",
        examples=["log1p"],
    )
    non_negative: bool = Field(
        default=False, description="Forecasts and intervals below 0 become 0, in scores, too."
    )
    duplicates: Literal["refuse", "mean", "sum", "first", "last", "max"] = Field(
        default="refuse", description="What becomes of rows with one series and one time."
    )
    resample: Name | None = Field(
        default=None,
        description="Coarser step to gather the rows into, as a pandas alias.",
        examples=["D"],
    )
    aggregate: Literal["mean", "sum", "first", "last", "max"] = Field(
        default="mean", description="How the rows of a resampled step become one value."
    )
    calendar: Literal["regular", "observed"] = Field(
        default="regular",
        description="`observed`: only the weekdays and times of day that occur are steps, such as "
        "trading days and opening hours.",
    )
    past_covariates: Names = Field(
        default=(),
        description="Columns that are known up to the forecast, such as a sensor.",
        examples=[("temperature",)],
    )
    future_covariates: Names = Field(
        default=(),
        description="Columns that are known for the steps ahead, too, such as a price; `predict` "
        "takes them from `--future`.",
        examples=[("price", "promotion")],
    )
    static_covariates: Names = Field(
        default=(),
        description="Columns with one value per series, such as a region.",
        examples=[("region",)],
    )
    calendar_features: Names = Field(
        default=("auto",),
        description="Cycles of the calendar that a network sees, for the steps ahead, too; "
        "automatic takes those of which the training rows hold two turns.",
        examples=[("hour", "dayofweek")],
        json_schema_extra={
            "allowed": "auto, none, or a list of minute, hour, dayofweek, dayofmonth, month, "
            "quarter and dayofyear"
        },
    )
    holidays: Name | None = Field(
        default=None,
        description="Country whose public holidays a network sees (`DE`, `US-CA`).",
        examples=["DE"],
    )
    since: Name | None = Field(
        default=None, description="First moment of the rows to take.", examples=["2015-01-01"]
    )
    until: Name | None = Field(
        default=None, description="Last moment of the rows to take.", examples=["2019-12-31"]
    )
    series: Names = Field(
        default=(),
        description="Series to take; names, or patterns with `*`.",
        examples=[("store_1", "store_2*")],
    )
    exclude: Names = Field(
        default=(),
        description="Series to leave out; names, or patterns with `*`.",
        examples=[("test*",)],
    )
    separator: Literal["auto", "comma", "semicolon", "tab", "pipe"] = Field(
        default="auto", description="What stands between two cells."
    )
    decimal: Literal["auto", "point", "comma"] = Field(
        default="auto",
        description="Decimal mark; automatic is by the evidence of each column.",
    )
    thousands: Literal["auto", "none", "comma", "point", "space", "apostrophe"] = Field(
        default="auto", description="What stands between groups of three digits."
    )
    encoding: Name = Field(
        default="auto",
        description="Encoding of the text; automatic is UTF-8, else what its bytes tell.",
        json_schema_extra={"allowed": "auto, or a name such as latin-1"},
    )
    comment: Name = Field(
        default="auto",
        description="What a comment line begins with; `none` for no comments; automatic is `#` "
        "where the line cannot be a row.",
    )
    no_header: bool = Field(
        default=False,
        description="The first line is a row; columns are called `column_1`, `column_2`, ...",
    )
    date_format: Name = Field(
        default="auto",
        description="How dates are written, such as `%d.%m.%Y %H:%M`; `epoch` is seconds "
        "since 1970, `epoch_ms`, `epoch_us` and `epoch_ns` thousandths and so on, `excel` the days "
        "of a spreadsheet; `none` says that there are no dates.",
    )
    missing_values: Names = Field(
        default=(),
        description="Cells that count as missing beside empty ones, NaN, NA, `?`, `-` and None.",
        examples=[("-999",)],
    )
    allow_truncated: bool = Field(
        default=False, description="Drop a last line that was cut off instead of refusing it."
    )
    time_zone: Name = Field(
        default="auto",
        description="Zone of the times, such as `Europe/Paris`; automatic is as the file says.",
        json_schema_extra={"allowed": "auto, or a name such as Europe/Paris"},
    )
    max_bytes: Rows | None = Field(
        default=None,
        description="Most bytes of text to read, unpacked; null for 4 GiB, less for archives.",
        examples=[10_000_000_000],
    )

    @model_validator(mode="after")
    def _agree(self) -> DataConfig:
        """Refuse to fill by a zero where a network sees no values that a zero could be among."""
        if self.fill == "zero" and self.transform not in ("none", "log1p", "sqrt"):
            fix = "pass --fill forward, or --transform log1p"
            raise PydanticCustomError(
                "contradiction",
                "data.fill is 'zero', and '{transform}' shows a network no value that can be 0",
                {"key": "fill", "transform": self.transform, "fix": fix},
            )
        return self
