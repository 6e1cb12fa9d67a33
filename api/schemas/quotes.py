"""Requests and answers about prices that can be ordered by: quotes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.schemas.currency import Currency
from api.schemas.orders import OrderLineView
from api.schemas.values import (
    AnswerBody,
    Code,
    Country,
    Identifier,
    Instant,
    Lines,
    Moment,
    MoneyBody,
    Points,
    RequestBody,
    TextsView,
    VoucherCode,
)
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.consistency import Urgency
from domain.pricing.request import MOST_HOLDS, MOST_SERVICES, Scene

PaymentMethod = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[\x21-\x7e]+$"),
    Field(examples=["card"]),
]


class WishesBody(RequestBody):
    """What a buyer wants priced besides the scene. Without `buyer_id` anybody may order by the snapshot.

    `points` is the most that may be spent; `services` are codes of value-added services; `hold_ids` are the
    buyer's own holds, whose goods and quota count as free.
    """

    currency: Currency
    lines: Lines
    buyer_id: Annotated[Identifier | None, Field(examples=["buyer-7"])] = None
    region: Country | None = None
    payment_method: PaymentMethod | None = None
    voucher_code: VoucherCode | None = None
    points: Points = 0
    services: Annotated[tuple[Code, ...], Field(max_length=MOST_SERVICES)] = ()
    hold_ids: Annotated[tuple[Identifier, ...], Field(max_length=MOST_HOLDS)] = ()


class QuoteBody(WishesBody):
    """Asks for a price. With `at` (another moment) or `draft_promotion` (one that is not active yet) it asks
    what the price would be; nobody can order by that answer.
    """

    scene: Annotated[Scene, Field(examples=["checkout"])]
    at: Annotated[Moment | None, Field(examples=["2026-11-11T00:00:00Z"])] = None
    draft_promotion: Annotated[
        dict[str, Any] | None, Field(description="A promotion as merchants and operators propose it.")
    ] = None


class QuoteLineView(OrderLineView):
    """One priced line; `unit_price` is that of the item lane, `total` has all reductions and fees."""

    listed_price: MoneyBody | None
    total: MoneyBody


class ShareView(AnswerBody):
    """What one line carries of a component."""

    line: int
    amount: MoneyBody


class ComponentView(AnswerBody):
    """One signed part of a price; the shares sum exactly to it. `base` is what a percentage was taken of."""

    id: str
    layer: Layer
    type: str
    label: str
    amount: MoneyBody
    funder: Funder
    source: str
    base: MoneyBody | None
    shares: list[ShareView]


class StepView(AnswerBody):
    """One step of the staircase from nothing to the total."""

    label: str
    amount: MoneyBody
    running: MoneyBody


class BreakdownView(AnswerBody):
    """The parts of a price in order of calculation, as steps, as one line of text, and each as a sentence."""

    components: list[ComponentView]
    steps: list[StepView]
    text: Annotated[str, Field(examples=["1000.00 − 20.00 − 80.00 + 10.00 = 910.00"])]
    explanation: list[str]


class AppliedPromotionView(AnswerBody):
    """A promotion that took part. `reduction` is what it took off, a positive amount."""

    id: str
    name: str
    type: str
    ends_at: Instant
    reduction: MoneyBody
    funder: Funder
    skus: list[str]


class QuoteMessageView(AnswerBody):
    """Something the buyer should know: `add_more`, `promotion_short`, `voucher_not_applied`,
    `points_not_applied` or `degraded`.
    """

    code: Annotated[str, Field(examples=["add_more"])]
    severity: str
    resolution: str
    source: str | None = None
    reason: str | None = None
    sku: str | None = None
    units: int | None = None
    amount: MoneyBody | None = None
    saves: MoneyBody | None = None


class ExpirationWarningView(AnswerBody):
    """A promotion behind the price that ends within 15 minutes; `time_left` is in whole seconds."""

    promotion_id: str
    name: str
    ends_at: Instant
    time_left: int
    urgency: Urgency
    message: TextsView


class QuoteView(AnswerBody):
    """A price. `id` names its snapshot, which never changes; a what-if has none and cannot be ordered by."""

    id: str | None
    scene: Scene
    buyer_id: str | None
    currency: str
    region: str | None
    payment_method: str | None
    voucher_code: str | None
    points: int
    services: list[str]
    hold_ids: list[str]
    lines: list[QuoteLineView]
    breakdown: BreakdownView
    goods: MoneyBody
    charges: MoneyBody
    total: MoneyBody
    promotions: list[AppliedPromotionView]
    messages: list[QuoteMessageView]
    expiration_warnings: list[ExpirationWarningView]
    degraded: bool
    what_if: bool
    rule_version: str
    created_at: Instant
    expires_at: Instant | None
    links: dict[str, str]
