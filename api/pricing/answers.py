"""Shown prices, checks of a price, and an order's price history as the JSON that callers see. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from activities.price_desk import Checked
from api.pricing.views import promotion_view, quote_path, warning_view
from api.schemas.values import instant
from api.views import Json, message_view, money, money_or_none, reason_text
from domain.money import Money
from domain.ports.price_checks import RecordedCheck
from domain.pricing.breakdown import Layer
from domain.pricing.calculation import AppliedPromotion
from domain.pricing.consistency import PriceCheck, Verdict, expiration_warnings
from domain.pricing.snapshot import PriceSnapshot
from workflows.contracts import Message

_MARKET_PRICE = "market_price"  # the kind of the component that prices start from
_SAID = {
    Verdict.CHANGED: ("price_changed", "warning"),
    Verdict.RECALCULATED: ("price_recalculated", "info"),
}


def shown_prices_view(snapshot: PriceSnapshot, now: datetime) -> Json:
    """The prices of the lines' SKUs, of one unit each."""
    return {
        "currency": snapshot.currency,
        "region": snapshot.wishes.region or None,
        "degraded": snapshot.degraded,
        "items": _shown(snapshot, now),
        "snapshot_id": snapshot.id,
        "rule_version": snapshot.rule_version,
        "expires_at": instant(snapshot.expires_at),
    }


def payment_price_view(checked: Checked) -> Json:
    """Whether a shown price still holds, and which snapshot to order by."""
    check = checked.check
    return {
        "verdict": check.verdict.value,
        "total": money(checked.snapshot.total),
        "shown_total": money(check.old_total),
        "difference": money(check.difference),
        **_reason(check),
        "snapshot_id": checked.snapshot.id,
        "expiring_soon": check.expiring_soon,
        "messages": [message_view(message) for message in _messages(checked)],
    }


def price_history_view(checks: Iterable[RecordedCheck], snapshots: Iterable[PriceSnapshot]) -> Json:
    """The prices of an order, each list in order of time."""
    return {
        "items": [_check(done) for done in sorted(checks, key=lambda done: done.checked_at)],
        "snapshots": [
            {
                "id": snapshot.id,
                "scene": snapshot.scene.value,
                "total": money(snapshot.total),
                "rule_version": snapshot.rule_version,
                "created_at": instant(snapshot.created_at),
                "expires_at": instant(snapshot.expires_at),
                "links": {"self": quote_path(snapshot.id)},
            }
            for snapshot in sorted(snapshots, key=lambda snapshot: snapshot.created_at)
        ],
    }


def _shown(snapshot: PriceSnapshot, now: datetime) -> list[Json]:
    market, daily = _base_prices(snapshot)
    promotions = _item_promotions(snapshot, daily)
    warnings = {
        warning.promotion_id: warning_view(warning)
        for warning in expiration_warnings(snapshot.promotions, now)
    }
    listed = snapshot.listed_prices or (None,) * len(snapshot.lines)
    shown: list[Json] = []
    for line, listed_price in zip(snapshot.lines, listed, strict=True):
        promotion = promotions.get(line.line)
        ending = warnings.get(promotion.id) if promotion else None
        shown.append(
            {
                "sku": line.sku,
                "listed_price": money_or_none(listed_price),
                "market_price": money(Money(market[line.line], line.unit_price.currency)),
                "discount_price": money(Money(daily[line.line], line.unit_price.currency)),
                "promotion_price": money(line.unit_price) if promotion else None,
                "price": money(line.unit_price),
                "promotion": promotion_view(promotion) if promotion else None,
                "expiration_warnings": [ending] if ending else [],
            }
        )
    return shown


def _base_prices(snapshot: PriceSnapshot) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Market and discount price of each line, which is one unit."""
    market: Counter[int] = Counter()
    daily: Counter[int] = Counter()
    for part in snapshot.breakdown.components:
        if part.layer is Layer.BASE:
            daily.update(dict(part.shares))
        if part.kind == _MARKET_PRICE:
            market.update(dict(part.shares))
    return market, daily


def _item_promotions(snapshot: PriceSnapshot, daily: Mapping[int, int]) -> Mapping[int, AppliedPromotion]:
    """Which promotion made the unit price of each line that has one of its own."""
    known = {promotion.id: promotion for promotion in snapshot.promotions}
    first: dict[int, AppliedPromotion] = {}
    for part in snapshot.breakdown.components:
        if part.layer is Layer.PROMOTION and part.source in known:
            for line, _ in part.shares:
                # The item lane comes first; what later lanes take off is the basket's and not the item's.
                first.setdefault(line, known[part.source])
    cheaper = {line.line for line in snapshot.lines if line.amount.amount < daily[line.line]}
    return {line: promotion for line, promotion in first.items() if line in cheaper}


def _messages(checked: Checked) -> Iterable[Message]:
    check = checked.check
    if check.verdict in _SAID:
        code, severity = _SAID[check.verdict]
        reason = check.reason.value if check.reason else ""
        yield Message(code, severity, check.old_total, check.new_total, checked.snapshot.id, reason=reason)
    if check.expiring_soon:
        yield Message("expiring_soon", "warning")


def _check(done: RecordedCheck) -> Json:
    check = done.check
    return {
        "checked_at": instant(done.checked_at),
        "verdict": check.verdict.value,
        "snapshot_id": done.snapshot_id,
        "next_snapshot_id": done.next_snapshot_id,
        "old_total": money(check.old_total),
        "new_total": money(check.new_total),
        "difference": money(check.difference),
        **_reason(check),
        "expired": check.expired,
        "expiring_soon": check.expiring_soon,
        "rule_version": done.rule_version,
    }


def _reason(check: PriceCheck) -> Json:
    return {"reason": check.reason.value if check.reason else None, "reason_text": reason_text(check.reason)}
