"""Every value has an origin, and a refusal names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecast.config.load import Resolved, resolve_config
from forecast.config.yaml import dump_yaml
from forecast.errors import ConfigError, InputNotFoundError


def from_text(folder: Path, text: str) -> Resolved:
    path = folder / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return resolve_config(file=path)


def test_nothing_given_is_all_defaults() -> None:
    resolved = resolve_config()
    assert resolved.config.model.name == "gru"
    assert {str(origin) for origin in resolved.origins.values()} == {"default"}


def test_each_layer_overrides_the_ones_below_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("model:\n  horizon: 1\n  num_layers: 2\n  dropout: 1e-3\n", encoding="utf-8")
    resolved = resolve_config(
        file=path,
        environ={"FORECAST_MODEL_HORIZON": "2", "FORECAST_MODEL_NUM_LAYERS": "3"},
        flags={"model.horizon": "3", "model.context_length": None},
        sets=["training.seed=7"],
    )
    model = resolved.config.model
    assert (model.horizon, model.num_layers, model.dropout) == (3, 3, 0.001)
    assert str(resolved.origins["model.horizon"]) == "flag --horizon"
    assert str(resolved.origins["model.num_layers"]) == "environment FORECAST_MODEL_NUM_LAYERS"
    assert str(resolved.origins["model.dropout"]) == f"{path}:4"
    assert str(resolved.origins["training.seed"]) == "flag --set"
    assert str(resolved.origins["model.context_length"]) == "default"


def test_key_set_by_its_flag_and_by_set_is_refused() -> None:
    with pytest.raises(ConfigError, match="set twice: 3 by --horizon, 4 by --set"):
        resolve_config(flags={"model.horizon": "3"}, sets=["model.horizon=4"])


def test_window_implied_by_max_train_size_takes_its_origin() -> None:
    resolved = resolve_config(flags={"validation.max_train_size": "50"})
    assert resolved.config.validation.window == "rolling"
    assert str(resolved.origins["validation.window"]) == "flag --max-train-size"


def test_columns_stay_text_whatever_they_look_like() -> None:
    resolved = resolve_config(
        flags={"data.target": ["2020", "012", "[x]", "a,b", "true"]},
        environ={"FORECAST_DATA_TIME": "2021", "FORECAST_DATA_ID": "[a, 'b,c']"},
    )
    assert resolved.config.data.target == ("2020", "012", "[x]", "a,b", "true")
    assert resolved.config.data.time == ("2021",)
    assert resolved.config.data.id == ("a", "b,c")


def test_list_in_brackets_is_read() -> None:
    resolved = resolve_config(sets=["validation.level=[80, 90]"])
    assert resolved.config.validation.level == (80.0, 90.0)


def test_null_takes_a_limit_away(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("training:\n  max_steps: 5\nrun:\n  output: x\n", encoding="utf-8")
    resolved = resolve_config(file=path, sets=["training.max_steps=null", "run.output=null"])
    assert resolved.config.training.max_steps is None
    assert resolved.config.run.output is None


def test_other_variables_are_ignored() -> None:
    environ = {
        "FORECAST_DATASETS": "x",
        "FORECAST_DEBUG": "1",
        "HORIZON": "3",
        "FORECAST_MODEL_HORIZON": "",
    }
    assert resolve_config(environ=environ).config == resolve_config().config


def test_dump_reads_back_as_the_same_configuration(tmp_path: Path) -> None:
    config = resolve_config(
        flags={"data.target": ["NO", "a: b", "é"], "training.learning_rate": "1e-5"},
        sets=["validation.test_size=0.2", "validation.final_fit=true"],
    ).config
    assert from_text(tmp_path, dump_yaml(config)).config == config


def test_dump_leaves_out_where_the_run_went() -> None:
    config = resolve_config(flags={"run.output": "elsewhere"}).config
    assert "elsewhere" not in dump_yaml(config)


@pytest.mark.parametrize(
    ("text", "line", "message", "fix"),
    [
        ("model:\n  horizn: 3\n", 2, "unknown key 'model.horizn'", "did you mean 'model.horizon'"),
        ("training:\n  horizon: 3\n", 2, "'training.horizon'", "did you mean 'model.horizon'"),
        ("modl:\n  horizon: 3\n", 1, "unknown section 'modl'", "did you mean 'model'"),
        ("model: gru\n", 1, "section 'model' is 'gru'", "model:"),
        ("model:\n\n  horizon: -3\n", 3, "model.horizon is -3, and must be", "horizon: auto"),
        ("model:\n  horizon: 1e3\n", 2, "model.horizon is 1000.0, and must be", "horizon: auto"),
        ("data:\n  target: 2020\n", 2, "data.target is 2020, and must be text", 'target: "2020"'),
        ("training:\n  seed: NO\n", 2, "training.seed is 'NO', and must be a whole", "seed: 0"),
        ("validation:\n  level: [80, 80]\n", 2, "names 80.0 twice", "level: 80"),
    ],
)
def test_file_refusal_names_line_and_way_out(
    tmp_path: Path, text: str, line: int, message: str, fix: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        from_text(tmp_path, text)
    assert caught.value.location == f"{tmp_path / 'a.yaml'}:{line}"
    assert message in caught.value.message
    assert fix in (caught.value.fix or "")


@pytest.mark.parametrize(
    ("flags", "environ", "sets", "location", "message", "fix"),
    [
        (
            {"model.horizon": "x"},
            {},
            [],
            "flag --horizon",
            "model.horizon is 'x'",
            "--horizon auto",
        ),
        (
            {"model.name": "prophet"},
            {},
            [],
            "flag --model",
            "gru, lstm, rnn, linear",
            "--model gru",
        ),
        (
            {},
            {"FORECAST_TRAINING_DEVICE": "gpu"},
            [],
            "environment FORECAST_TRAINING_DEVICE",
            "auto, cpu, cuda or cuda:N",
            "FORECAST_TRAINING_DEVICE=auto",
        ),
        (
            {},
            {"FORECAST_MODEL_HORIZN": "3"},
            [],
            "environment FORECAST_MODEL_HORIZN",
            "unknown variable",
            "FORECAST_MODEL_HORIZON",
        ),
        ({}, {}, ["model.horizn=3"], "flag --set", "unknown key", "'model.horizon'"),
        ({}, {}, ["horizon"], "flag --set", "has no '='", "section.key=value"),
        (
            {},
            {},
            ["model.skip=x"],
            "flag --set",
            "auto, linear, mixture, blended or none",
            "--set model.skip=auto",
        ),
        ({}, {}, ["validation.level=[80"], "flag --set:1", "expected", "plain"),
        (
            {"validation.window": "rolling"},
            {},
            [],
            "flag --window",
            "max_train_size is not set",
            "--max-train-size",
        ),
        (
            {"validation.window": "expanding", "validation.max_train_size": "9"},
            {},
            [],
            "flag --window",
            "max_train_size is 9",
            "--window rolling",
        ),
    ],
)
def test_refusal_names_origin_and_way_out(
    flags: dict[str, object],
    environ: dict[str, str],
    sets: list[str],
    location: str,
    message: str,
    fix: str,
) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_config(flags=flags, environ=environ, sets=sets)
    assert caught.value.location == location
    assert message in caught.value.message
    assert fix in (caught.value.fix or "")


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        ("model.decoder", "seq2sq", "seq2seq"),
        ("model.loss", "maee", "mae"),
        ("model.attention", "dott", "dot"),
        ("model.name", "GRU", "gru"),
        ("model.peephole", "yes", "true"),
        ("model.peephole", "No", "false"),
        ("validation.final_fit", "on", "true"),
        ("model.layer_norm", "maybe", "true"),
        ("model.horizon", "false", "auto"),
    ],
)
def test_refusal_proposes_the_nearest_value_and_that_is_taken(
    tmp_path: Path, key: str, value: str, meant: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_config(sets=[f"{key}={value}"])
    assert caught.value.fix == f"for example --set {key}={meant}"
    resolve_config(sets=[f"{key}={meant}"])
    section, _, name = key.partition(".")
    with pytest.raises(ConfigError) as caught:
        from_text(tmp_path, f"{section}:\n  {name}: {value}\n")
    assert caught.value.fix == f"for example '{name}: {meant}'"


def test_truth_is_spelt_as_in_a_file() -> None:
    with pytest.raises(ConfigError, match=r"model\.horizon is true, and"):
        resolve_config(sets=["model.horizon=True"])
    with pytest.raises(ConfigError, match="set twice: true by --force, false by --set"):
        resolve_config(flags={"run.force": True}, sets=["run.force=false"])
    with pytest.raises(ConfigError) as caught:
        resolve_config(values={"model.peephole": "yes"})
    assert caught.value.fix == "for example {'model.peephole': True}"


@pytest.mark.parametrize(
    ("text", "section", "line"),
    [
        ("horizon: 24\n", "model", "horizon: 24"),
        ("horizn: 24\n", "model", "horizon: 24"),
        ("model.horizon: 24\n", "model", "horizon: 24"),
        ("epochs: 3\n", "training", "epochs: 3"),
        ("target: [sales]\n", "data", "target: [sales]"),
    ],
)
def test_key_outside_its_section_is_shown_inside_it(
    tmp_path: Path, text: str, section: str, line: str
) -> None:
    with pytest.raises(ConfigError, match="unknown section") as caught:
        from_text(tmp_path, text)
    assert caught.value.fix == f"write '{section}:' and below it, indented, '{line}'"
    from_text(tmp_path, f"{section}:\n  {line}\n")


def test_broken_yaml_is_told_of_sections(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        from_text(tmp_path, "horizon: 24\nmodel: {\n")
    assert "'model:' and then '  horizon: 24'" in (caught.value.fix or "")


def test_folder_of_a_run_proposes_its_configuration(tmp_path: Path) -> None:
    run = tmp_path / "a run"
    run.mkdir()
    with pytest.raises(InputNotFoundError, match="is a folder") as caught:
        resolve_config(file=run)
    assert "name a YAML file" in (caught.value.fix or "")
    (run / "config.yaml").write_text("model:\n  horizon: 3\n", encoding="utf-8")
    with pytest.raises(InputNotFoundError, match="is a folder") as caught:
        resolve_config(file=run)
    assert caught.value.fix == f"pass --config '{run / 'config.yaml'}'"


def test_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_config(flags={"model.horizon": "9" * 9000})
    assert len(caught.value.message) < 250


def test_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.horizon"):
        from_text(tmp_path, "model:\n  horizon: " + "9" * 5000)


def test_missing_file_and_folder_are_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "nope.yaml", tmp_path):
        with pytest.raises(InputNotFoundError):
            resolve_config(file=path)


def test_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\x80\x04\x95pickle")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        resolve_config(file=path)
