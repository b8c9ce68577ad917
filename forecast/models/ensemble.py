"""Several networks that differ by their seeds only; the forecast is their mean.

Random weights and the order of the batches decide much of what a network learns from little data;
averaging several takes that part of the error out (Hansen & Salamon 1990; Lakshminarayanan et al.
2017, arXiv 1612.01474).
"""

from __future__ import annotations

MEMBERS = "members"
"""Setting under which a bundle keeps how many there are."""
