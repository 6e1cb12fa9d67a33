"""Requests and answers about prices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.currency import Currency
from api.schemas.orders import OrderLineView
from api.schemas.values import AnswerBody, Identifier, Instant, Lines, MoneyBody, RequestBody
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.snapshot import Scene


class QuoteBody(RequestBody):
    """Asks for a price. Without `buyer_id` anybody may order by the snapshot."""

    scene: Annotated[Scene, Field(examples=["checkout"])]
    currency: Currency
    buyer_id: Annotated[Identifier | None, Field(examples=["buyer-7"])] = None
    lines: Lines


class QuoteLineView(OrderLineView):
    """One priced line; `total` has the fees that it carries."""

    total: MoneyBody


class ComponentView(AnswerBody):
    """One signed part of a price and the share of each line in it."""

    id: str
    layer: Layer
    label: str
    amount: MoneyBody
    funder: Funder
    source: str
    per_line: list[MoneyBody]


class BreakdownView(AnswerBody):
    """The parts of a price in order of calculation, and each as a sentence."""

    components: list[ComponentView]
    explanation: list[str]


class QuoteView(AnswerBody):
    """A price snapshot; it never changes."""

    id: str
    scene: Scene
    buyer_id: str | None
    currency: str
    lines: list[QuoteLineView]
    breakdown: BreakdownView
    goods: MoneyBody
    charges: MoneyBody
    total: MoneyBody
    rule_version: str
    created_at: Instant
    expires_at: Instant
