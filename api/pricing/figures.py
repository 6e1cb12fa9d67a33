"""Figures of price checks, for people and for Prometheus. Rates are in basis points."""

from __future__ import annotations

from datetime import timedelta

from api.views import Json
from domain.money import BASIS_POINTS
from domain.ports.clock import Clock
from domain.ports.price_checks import CheckFigures, PriceChecks

HOUR = timedelta(hours=1)


async def last_hour(checks: PriceChecks, clock: Clock) -> CheckFigures:
    """Sums over the hour that ends now."""
    now = clock.now()
    return await checks.figures(now - HOUR, now)


def figures_view(figures: CheckFigures) -> Json:
    """The sums with their rates."""
    return {
        "checks": figures.checks,
        "differing": figures.differing,
        "differing_rate_bp": _rate(figures.differing, figures.checks),
        "asked": figures.asked,
        "expired": figures.expired,
        "expired_rate_bp": _rate(figures.expired, figures.checks),
        "largest_difference_bp": figures.largest_basis_points,
    }


def prometheus_text(figures: CheckFigures, release: str, background: int) -> str:
    """What Prometheus scrapes. Gauges of the last hour: a scrape must not read a table from its start."""
    view = figures_view(figures)
    samples: list[tuple[str, str, object]] = [
        ("orderkeep_price_checks_last_hour", "Shown prices that were checked", view["checks"]),
        ("orderkeep_price_checks_differing_last_hour", "Of those, another price", view["differing"]),
        ("orderkeep_price_checks_asked_last_hour", "Of those, the buyer was asked", view["asked"]),
        ("orderkeep_price_checks_expired_last_hour", "Of those, the snapshot had expired", view["expired"]),
        (
            "orderkeep_price_difference_largest_basis_points_last_hour",
            "The largest difference against a shown price",
            view["largest_difference_bp"],
        ),
        ("orderkeep_background_tasks", "Tasks behind answers that were sent already", background),
    ]
    lines = ["# HELP orderkeep_info The release that answers.", "# TYPE orderkeep_info gauge"]
    lines.append(f'orderkeep_info{{version="{release}"}} 1')
    for name, words, value in samples:
        lines += [f"# HELP {name} {words}.", f"# TYPE {name} gauge", f"{name} {value}"]
    return "\n".join(lines) + "\n"


def _rate(part: int, whole: int) -> int:
    return part * BASIS_POINTS // whole if whole else 0
