"""Percentages of bare minor units, for rules and layers that count without `Money`."""

from __future__ import annotations

from domain.money import BASIS_POINTS

_WHOLE = 2 * BASIS_POINTS


def share(amount: int, basis_points: int) -> int:
    """That many basis points of an amount that is not negative, rounded half up (domain rule 1)."""
    return (2 * amount * basis_points + BASIS_POINTS) // _WHOLE


def at_most(amount: int, basis_points: int) -> int:
    """The most whole minor units within that many basis points: a limit never rounds up."""
    return amount * basis_points // BASIS_POINTS
