"""What a fit of a network leaves, and which of it goes with the series of another panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from forecast.data.arrays import IntArray
from forecast.data.exogenous import CovariateScale
from forecast.data.panel import Panel
from forecast.data.scale import Scaler
from forecast.networks.build import Network


@dataclass(frozen=True, eq=False)
class Learnt:
    """The network, and the scaler of the series that it has seen.

    Parameters
    ----------
    network : Network
    scaler : Scaler
    unique_ids : tuple of str
        Series of the fit.
    covariate_scale : CovariateScale
    rho : float or None
        How much neighbouring steps of a forecast err together; None for a point head.
    """

    network: Network
    scaler: Scaler
    unique_ids: tuple[str, ...]
    covariate_scale: CovariateScale
    rho: float | None = None

    def scaler_of(self, panel: Panel) -> Scaler:
        """Scaler of the series of ``panel``; nan for a series that the fit had no value of."""
        scaler = self.scaler
        if panel.unique_ids == self.unique_ids:
            return scaler
        known = self.places(panel)
        center = np.where(known >= 0, scaler.center[known], np.nan)
        scale = np.where(known >= 0, scaler.scale[known], np.nan)
        return Scaler(center, scale, scaler.shared)

    def places(self, panel: Panel) -> IntArray:
        """Place of each series among those of the fit, (N,); -1 for one it did not have."""
        if panel.unique_ids == self.unique_ids:
            return np.arange(panel.n_series, dtype=np.int64)
        place = {name: index for index, name in enumerate(self.unique_ids)}
        return np.array([place.get(name, -1) for name in panel.unique_ids], dtype=np.int64)

    def state(self) -> Mapping[str, Tensor]:
        """Weights and scales, on the CPU."""
        state = self.network.state_dict()
        weights = {name: value.detach().cpu() for name, value in state.items()}
        shared = self.scaler.shared
        together = {} if shared is None else {"scaler.shared": torch.from_numpy(shared.copy())}
        beside = {}
        if len(self.covariate_scale.center):
            beside["covariates.center"] = torch.from_numpy(self.covariate_scale.center.copy())
            beside["covariates.scale"] = torch.from_numpy(self.covariate_scale.scale.copy())
        if self.rho is not None:
            beside["copula.rho"] = torch.tensor(self.rho, dtype=torch.float64)
        return {
            **together,
            **{f"network.{name}": value.contiguous() for name, value in weights.items()},
            "scaler.center": torch.from_numpy(self.scaler.center.copy()),
            "scaler.scale": torch.from_numpy(self.scaler.scale.copy()),
            **beside,
        }
