"""Requests and answers of the three prices: shown, ordered, paid; and the price history of an order."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.currency import Currency
from api.schemas.orders import MessageView
from api.schemas.quotes import AppliedPromotionView, ExpirationWarningView, WishesBody
from api.schemas.values import (
    AnswerBody,
    Country,
    Identifier,
    Instant,
    MoneyBody,
    RequestBody,
    Sku,
    TextsView,
)
from domain.pricing.consistency import Reason, Verdict
from domain.pricing.request import Scene

MOST_SHOWN = 200


class DisplayPricesBody(RequestBody):
    """Asks for the prices of some SKUs, one of each, as a product page shows them."""

    currency: Currency
    skus: Annotated[
        tuple[Sku, ...], Field(min_length=1, max_length=MOST_SHOWN, examples=[["tea-01", "cup-01"]])
    ]
    region: Country | None = None
    buyer_id: Annotated[Identifier | None, Field(examples=["buyer-7"])] = None


class OrderPriceBody(WishesBody):
    """Asks for a price to order by: of scene `checkout` when the payment method is known, else `order`."""


class PaymentPriceBody(RequestBody):
    """Asks whether a shown price still holds."""

    snapshot_id: Annotated[Identifier, Field(examples=["snap_5Jt0bW4m2Q"])]
    buyer_id: Annotated[Identifier, Field(examples=["buyer-7"])]


class ShownPriceView(AnswerBody):
    """What one unit costs. `promotion_price` is the price by `promotion`, null when none makes it cheaper."""

    sku: str
    listed_price: MoneyBody | None
    market_price: MoneyBody
    discount_price: MoneyBody
    promotion_price: MoneyBody | None
    price: MoneyBody
    promotion: AppliedPromotionView | None
    expiration_warnings: list[ExpirationWarningView]


class DisplayPricesView(AnswerBody):
    """Prices to show, and the snapshot that tells later what was shown. `degraded`: without promotions."""

    currency: str
    region: str | None
    degraded: bool
    items: list[ShownPriceView]
    snapshot_id: str
    rule_version: str
    expires_at: Instant


class PaymentPriceView(AnswerBody):
    """`honoured`: order by the snapshot that was shown. `recalculated`: it has expired, `snapshot_id` names a
    fresh one at the same price. `changed`: ask the buyer whether `total` is all right.
    """

    verdict: Verdict
    total: MoneyBody
    shown_total: MoneyBody
    difference: MoneyBody
    reason: Reason | None
    reason_text: TextsView | None
    snapshot_id: str
    expiring_soon: bool
    messages: list[MessageView]


class PriceCheckView(AnswerBody):
    """One comparison of a shown price with that of its day.

    `next_snapshot_id` is the one that is charged or that the buyer is asked about.
    """

    checked_at: Instant
    verdict: Verdict
    snapshot_id: str
    next_snapshot_id: str
    old_total: MoneyBody
    new_total: MoneyBody
    difference: MoneyBody
    reason: Reason | None
    reason_text: TextsView | None
    expired: bool
    expiring_soon: bool
    rule_version: str


class SnapshotSummaryView(AnswerBody):
    """A snapshot that the order has used; the link leads to the whole of it."""

    id: str
    scene: Scene
    total: MoneyBody
    rule_version: str
    created_at: Instant
    expires_at: Instant
    links: dict[str, str]


class PriceHistoryView(AnswerBody):
    """The prices of an order: every check and every snapshot, each in order of time."""

    items: list[PriceCheckView]
    snapshots: list[SnapshotSummaryView]
