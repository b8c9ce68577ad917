"""Laws of the configuration: who overrides whom, and that writing loses nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forecast.config.load import resolve_config, variable_name
from forecast.config.schema import Config
from forecast.config.yaml import dump_yaml, write_value
from forecast.errors import ForecastError

VALUES: Mapping[str, st.SearchStrategy[object]] = {
    "model.horizon": st.one_of(st.integers(1, 1000), st.just("auto")),
    "model.dropout": st.floats(0, 0.99),
    "model.scaler": st.sampled_from(["standard", "minmax", "robust", "none"]),
    "training.learning_rate": st.floats(1e-9, 1),
    "training.max_steps": st.integers(1, 10**9),
    "validation.test_size": st.one_of(st.integers(1, 10**6), st.floats(0.001, 0.999)),
    "validation.final_fit": st.one_of(st.booleans(), st.just("auto")),
}
LAYER = st.fixed_dictionaries({}, optional=dict(VALUES))
NAMES = st.lists(st.text(min_size=1), unique=True, max_size=3)


def write_file(values: Mapping[str, object], folder: str) -> Path:
    sections: dict[str, list[str]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(f"  {name}: {write_value(value)}\n")
    path = Path(folder) / "a.yaml"
    text = "".join(f"{name}:\n{''.join(lines)}" for name, lines in sections.items())
    path.write_text(text, encoding="utf-8")
    return path


@given(file=LAYER, environ=LAYER, flags=LAYER)
def test_the_strongest_layer_that_speaks_decides(
    file: dict[str, object], environ: dict[str, object], flags: dict[str, object]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        resolved = resolve_config(
            file=write_file(file, folder),
            environ={variable_name(key): write_value(value) for key, value in environ.items()},
            flags={key: write_value(value) for key, value in flags.items()},
        )
    defaults = Config().model_dump()
    values = resolved.config.model_dump()
    for key in VALUES:
        section, _, name = key.partition(".")
        layers = (("flag", flags), ("environment", environ), ("file", file))
        kind, expected = next(
            ((kind, layer[key]) for kind, layer in layers if key in layer),
            ("default", defaults[section][name]),
        )
        assert values[section][name] == expected
        assert resolved.origins[key].kind == kind


@given(values=LAYER, target=NAMES)
def test_what_is_written_reads_back_equal(values: dict[str, object], target: list[str]) -> None:
    flags = {key: write_value(value) for key, value in values.items()}
    config = resolve_config(flags={**flags, "data.target": target}).config
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_text(dump_yaml(config), encoding="utf-8")
        assert resolve_config(file=path).config == config


@given(text=st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_named_error(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            outcome: tuple[bool, ...] = (resolve_config(file=path).config == Config(),)
        except ForecastError as error:
            outcome = (bool(error.location), bool(error.fix))
    assert all(outcome)
