"""One setting of a run: everything automatic about it, on these data and this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecast.config.differences import with_settings
from forecast.data.domain import refuse_outside, refuse_uncountable
from forecast.errors import NotEnoughDataError
from forecast.workflows.resolving.amounts import on_this_machine, threads_notes
from forecast.workflows.resolving.automatic import Plan, resolve
from forecast.workflows.resolving.build import target_of

if TYPE_CHECKING:
    from forecast.config.schema import Config
    from forecast.data.load import Reading
    from forecast.workflows.running.resume import Resumed


def settle(
    reading: Reading, config: Config, *, where: str, resumed: Resumed | None = None, place: int = 0
) -> Plan:
    """Resolve everything automatic about one setting, on these data and this machine.

    Parameters
    ----------
    where : str
        Names the data in an error.
    resumed : Resumed, optional
        A run that goes on: with what its machine chose for its ``place``-th setting.
    """
    refuse_outside(reading.panel, target_of(config, season=1), location=where)
    if config.model.head == "negative-binomial":
        refuse_uncountable(reading.panel, location=where)
    try:
        plan = resolve(reading, config)
        settled, notes = on_this_machine(plan.config)
    except NotEnoughDataError as error:
        error.location = error.location or where
        raise
    if resumed is not None:
        settled = with_settings(settled, resumed.begun.machines[place])
    return replace(plan, config=settled, machine=(*notes, *threads_notes(plan.config, settled)))
