"""What a configuration says beyond the defaults, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.config.schema import Config

if TYPE_CHECKING:
    from collections.abc import Mapping


def settings_of(config: Config) -> dict[str, object]:
    """Return the dotted keys whose values are not the defaults; the ``run`` section is left out.

    Examples
    --------
    >>> settings_of(Config(model={"horizon": 24}))
    {'model.horizon': 24}
    """
    found: dict[str, object] = {}
    for section in Config.model_fields:
        values, usual = getattr(config, section), getattr(Config(), section)
        for name in type(values).model_fields if section != "run" else ():
            if getattr(values, name) != getattr(usual, name):
                found[f"{section}.{name}"] = getattr(values, name)
    return found


def with_settings(config: Config, settings: Mapping[str, object]) -> Config:
    """Return a configuration with some keys changed; the values are taken as they are."""
    changed: dict[str, dict[str, object]] = {}
    for key, value in settings.items():
        section, _, name = key.partition(".")
        changed.setdefault(section, {})[name] = value
    return config.model_copy(
        update={
            section: getattr(config, section).model_copy(update=values)
            for section, values in changed.items()
        }
    )
