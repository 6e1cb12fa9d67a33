"""What a buyer should know of a price check, and why a hold was refused. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from activities.contracts import SnapshotChecked
from domain.money import Money
from domain.order.status import CancelReason
from domain.pricing.consistency import Verdict
from domain.stock.allowance import AllowanceKind
from domain.stock.hold import Shortage
from workflows.contracts import Message

# In the order in which one of several is told.
_SLUGS: Final[Mapping[AllowanceKind, str]] = MappingProxyType(
    {
        AllowanceKind.PROMOTION: "promotion_sold_out",
        AllowanceKind.PROMOTION_BUYER: "promotion_limit_reached",
        AllowanceKind.VOUCHER: "voucher_used_up",
        AllowanceKind.VOUCHER_BUYER: "voucher_used_up",
        AllowanceKind.POINTS: "not_enough_points",
    }
)


def remarks_on(checked: SnapshotChecked, shown: Money | None, *, asks: bool) -> tuple[Message, ...]:
    """The messages of one check. `shown` is what the buyer has seen; `asks`: they must agree first."""
    messages = []
    if checked.verdict == Verdict.CHANGED.value:
        severity = "warning" if asks else "info"
        messages.append(_price("price_changed", severity, checked, shown))
    if checked.verdict == Verdict.RECALCULATED.value:
        messages.append(_price("price_recalculated", "info", checked, shown))
    if checked.expiring_soon:
        messages.append(Message(code="expiring_soon", severity="warning"))
    return tuple(messages)


def only_allowances(shortages: Sequence[Shortage]) -> bool:
    """True when the goods are there and something else is short, so that another price may still do."""
    return bool(shortages) and all(short.allowance is not None for short in shortages)


def refusal_of(shortages: Sequence[Shortage]) -> str:
    """The slug of a hold that was refused: goods first, then whatever else was short."""
    if not only_allowances(shortages):
        return CancelReason.OUT_OF_STOCK.value
    kinds = {short.allowance.kind for short in shortages if short.allowance is not None}
    return next(slug for kind, slug in _SLUGS.items() if kind in kinds)


def _price(code: str, severity: str, checked: SnapshotChecked, shown: Money | None) -> Message:
    return Message(
        code=code,
        severity=severity,
        old_total=shown,
        new_total=checked.total,
        snapshot_id=checked.snapshot_id,
        reason=checked.reason,
    )
