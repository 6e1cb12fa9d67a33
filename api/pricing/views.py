"""Quotes as the JSON that callers see. Pure; the shapes are documented in `api.schemas.quotes`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from activities.price_desk import Ask
from api.money_text import amount_text
from api.schemas.values import instant
from api.views import Json, line_view, money, money_or_none, text_view
from domain.money import Money
from domain.pricing.breakdown import GOODS, Component, Layer, PriceBreakdown
from domain.pricing.calculation import AppliedPromotion, Calculation, Remark
from domain.pricing.consistency import ExpirationWarning, expiration_warnings
from domain.pricing.explain import price_text
from domain.pricing.request import Scene, Wishes
from domain.pricing.snapshot import PriceSnapshot
from domain.pricing.words import WARNING_TEXT
from workflows.amounts import minor_digits

# Who can do what about a remark; a code without an entry asks for nothing.
_RESOLUTIONS = {"add_more": "add_more", "degraded": "ask_again_later"}


def quote_view(snapshot: PriceSnapshot, now: datetime) -> Json:
    """A price snapshot with its whole breakdown; what ends soon is told as of `now`."""
    path = quote_path(snapshot.id)
    return {
        "id": snapshot.id,
        **_wishes(snapshot.scene, snapshot.buyer_id, snapshot.currency, snapshot.wishes),
        **_priced(snapshot, now, degraded=snapshot.degraded),
        "what_if": False,
        "created_at": instant(snapshot.created_at),
        "expires_at": instant(snapshot.expires_at),
        "links": {"self": path, "waterfall": f"{path}/waterfall.svg"},
    }


def estimate_view(ask: Ask, calculation: Calculation, at: datetime) -> Json:
    """What a price would be at that moment: nothing is kept, so it has no id and no end."""
    return {
        "id": None,
        **_wishes(ask.scene, ask.buyer_id, ask.currency, ask.wishes),
        **_priced(calculation, at, degraded=False),
        "what_if": True,
        "created_at": instant(at),
        "expires_at": None,
        "links": {},
    }


def promotion_view(promotion: AppliedPromotion) -> Json:
    """A promotion that took part."""
    return {
        "id": promotion.id,
        "name": promotion.name,
        "type": promotion.kind,
        "ends_at": instant(promotion.ends_at),
        "reduction": money(promotion.reduction),
        "funder": promotion.funder.value,
        "skus": list(promotion.skus),
    }


def warning_view(warning: ExpirationWarning) -> Json:
    """A promotion that ends soon."""
    return {
        "promotion_id": warning.promotion_id,
        "name": warning.name,
        "ends_at": instant(warning.ends_at),
        "time_left": int(warning.time_left.total_seconds()),
        "urgency": warning.urgency.value,
        "message": text_view(WARNING_TEXT[warning.urgency]),
    }


def quote_path(snapshot_id: str) -> str:
    """Where a quote is found."""
    return f"/v1/quotes/{snapshot_id}"


def _wishes(scene: Scene, buyer_id: str | None, currency: str, wishes: Wishes) -> Json:
    return {
        "scene": scene.value,
        "buyer_id": buyer_id,
        "currency": currency,
        "region": wishes.region or None,
        "payment_method": wishes.payment_method or None,
        "voucher_code": wishes.voucher_code or None,
        "points": wishes.points,
        "services": list(wishes.services),
        "hold_ids": list(wishes.hold_ids),
    }


def _priced(price: PriceSnapshot | Calculation, now: datetime, *, degraded: bool) -> Json:
    breakdown = price.breakdown
    return {
        "lines": _lines(price),
        "breakdown": _breakdown(breakdown),
        "goods": money(breakdown.sum_of(*GOODS)),
        "charges": money(breakdown.sum_of(Layer.CHARGE)),
        "total": money(breakdown.total),
        "promotions": [promotion_view(promotion) for promotion in price.promotions],
        "messages": [*_degraded(degraded=degraded), *(_remark(remark) for remark in price.remarks)],
        "expiration_warnings": [
            warning_view(warning) for warning in expiration_warnings(price.promotions, now)
        ],
        "degraded": degraded,
        "rule_version": price.rule_version,
    }


def _lines(price: PriceSnapshot | Calculation) -> list[Json]:
    # Snapshots of older releases do not know what was shown struck through.
    listed: Sequence[Money | None] = price.listed_prices or (None,) * len(price.lines)
    return [
        {**line_view(line), "listed_price": money_or_none(shown), "total": money(whole)}
        for line, shown, whole in zip(price.lines, listed, price.breakdown.line_totals(), strict=True)
    ]


def _breakdown(breakdown: PriceBreakdown) -> Json:
    return {
        "components": [_component(part) for part in breakdown.components],
        "steps": [
            {"label": step.label, "amount": money(step.amount), "running": money(step.running)}
            for step in breakdown.steps()
        ],
        "text": price_text(breakdown, minor_digits(breakdown.currency)),
        "explanation": [_sentence(part) for part in breakdown.components],
    }


def _component(part: Component) -> Json:
    currency = part.amount.currency
    return {
        "id": part.id,
        "layer": part.layer.value,
        "type": part.kind,
        "label": part.label,
        "amount": money(part.amount),
        "funder": part.funder.value,
        "source": part.source,
        "base": money_or_none(part.base),
        "shares": [{"line": line, "amount": money(Money(share, currency))} for line, share in part.shares],
    }


def _sentence(part: Component) -> str:
    words = part.label.replace("_", " ")
    source = f" ({part.source})" if part.source else ""
    return f"{words}{source}: {amount_text(part.amount, signed=True)}, borne by the {part.funder.value}"


def _remark(remark: Remark) -> Json:
    facts: Json = {
        "source": remark.source,
        "reason": remark.reason,
        "sku": remark.sku,
        "units": remark.units,
        "amount": money_or_none(remark.amount),
        "saves": money_or_none(remark.saves),
    }
    said = {name: value for name, value in facts.items() if value}
    if remark.code == "promotion_short":
        said["units"] = remark.units  # that none is left is a fact too
    return {
        "code": remark.code,
        "severity": "info",
        "resolution": _RESOLUTIONS.get(remark.code, "none"),
        **said,
    }


def _degraded(*, degraded: bool) -> list[Json]:
    if not degraded:
        return []
    return [{"code": "degraded", "severity": "warning", "resolution": _RESOLUTIONS["degraded"]}]
