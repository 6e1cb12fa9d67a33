"""A component on its way: what it is, before its lines are known. Bare minor units, cheap to make."""

from __future__ import annotations

from typing import NamedTuple

from domain.pricing.breakdown import Funder, Layer


class Part(NamedTuple):
    """One signed amount of deductions or charges, carried by `lines` (of the basket; None for all).

    `base` is what a percentage was taken of, None when there was none.
    """

    id: str
    layer: Layer
    kind: str
    label: str
    amount: int
    funder: Funder
    source: str
    lines: list[int] | None = None
    base: int | None = None
