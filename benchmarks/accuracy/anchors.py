"""Published scores, as found in public repositories or computed from the files themselves."""

from __future__ import annotations

from dataclasses import dataclass

HORIZONS = (96, 192, 336, 720)

# "repeat the last value" on the protocol below: MSE and MAE by horizon. Another result means that
# the harness is wrong.
REPEAT_LAST = {
    "ETTh1": {96: (1.294, 0.713), 192: (1.325, 0.733), 336: (1.330, 0.746), 720: (1.335, 0.755)},
    "ETTm1": {96: (1.214, 0.665), 192: (1.261, 0.690), 336: (1.287, 0.707), 720: (1.322, 0.729)},
    "exchange": {96: (0.081, 0.196), 192: (0.167, 0.289), 336: (0.306, 0.398), 720: (0.810, 0.676)},
}


@dataclass(frozen=True)
class LongHorizon:
    """The best published of one data set and horizon; None where nothing is.

    Parameters
    ----------
    mse, mae : float or None
        Of the best recurrent networks, which need not be one network.
    by : str
        Whose they are.
    any_mse : float
        Of the best model of any kind that was trained on the set alone.
    """

    mse: float | None
    mae: float | None
    by: str
    any_mse: float


@dataclass(frozen=True)
class ManySeries:
    """The best published of one data set in its measure; None where nothing is."""

    recurrent: float | None
    any_model: float | None
    by: str


SEGRNN = "SegRNN"
LONG_HORIZON = {
    ("ETTh1", 96): LongHorizon(0.351, 0.392, SEGRNN, 0.351),
    ("ETTh1", 192): LongHorizon(0.392, 0.414, SEGRNN, 0.392),
    ("ETTh1", 336): LongHorizon(0.423, 0.433, SEGRNN, 0.423),
    ("ETTh1", 720): LongHorizon(0.446, 0.457, f"{SEGRNN}; any: FITS", 0.424),
    ("ETTm1", 96): LongHorizon(0.292, 0.354, f"P-sLSTM; MAE: {SEGRNN}", 0.292),
    ("ETTm1", 192): LongHorizon(0.328, 0.378, SEGRNN, 0.328),
    ("ETTm1", 336): LongHorizon(0.357, 0.399, SEGRNN, 0.357),
    ("ETTm1", 720): LongHorizon(0.410, 0.430, SEGRNN, 0.410),
    ("exchange", 96): LongHorizon(None, None, "", 0.081),
    ("exchange", 192): LongHorizon(None, None, "", 0.157),
    ("exchange", 336): LongHorizon(None, None, "", 0.305),
    ("exchange", 720): LongHorizon(None, None, "", 0.643),
}
MANY_SERIES = {
    "M4 Hourly": ManySeries(0.440, 0.410, "ES-RNN (Smyl); any: the best of the competition's"),
    "M3 Monthly": ManySeries(None, 13.24, "N-BEATS"),
    "M3 Quarterly": ManySeries(None, 8.80, "N-BEATS"),
    "M3 Yearly": ManySeries(None, 15.92, "N-BEATS"),
    "M3 Other": ManySeries(None, 4.21, "N-BEATS"),
    "NN5": ManySeries(23.76, None, "LSTM ensemble (Hewamalage et al.)"),
}
NAIVE2_HOURLY = (18.383, 2.395)
"""sMAPE and MASE that naive2 has on M4 Hourly."""
