"""What carts hold for a few minutes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.quotes import PaymentMethod
from api.schemas.values import AnswerBody, Country, Identifier, Instant, Quantity, RequestBody, Sku
from domain.stock.hold import HoldKind, HoldStatus

MOST_HELD = 100
LONGEST_HOLD = 5


class HoldLineBody(RequestBody):
    """How many of what, and by which promotion, whose quota and limit are then held too."""

    sku: Annotated[Sku, Field(examples=["tea-01"])]
    quantity: Annotated[Quantity, Field(examples=[2])]
    promotion_id: Annotated[Identifier | None, Field(examples=["pro_7"])] = None


class HoldBody(RequestBody):
    """Holds goods for a buyer for some minutes, all lines or none; each SKU on one line.

    `region` and `payment_method` matter only for promotions that depend on them.
    """

    buyer_id: Annotated[Identifier, Field(examples=["buyer-7"])]
    lines: Annotated[tuple[HoldLineBody, ...], Field(min_length=1, max_length=MOST_HELD)]
    minutes: Annotated[int, Field(ge=1, le=LONGEST_HOLD)] = LONGEST_HOLD
    region: Country | None = None
    payment_method: PaymentMethod | None = None


class HoldLineView(AnswerBody):
    """What is held of one SKU; `promotion_id` when units of that promotion are held with it."""

    sku: str
    quantity: int
    promotion_id: str | None


class HoldView(AnswerBody):
    """A hold. It ends by itself at `expires_at`, unless an order takes it over before."""

    id: Annotated[str, Field(examples=["hold_9sXw2b"])]
    buyer_id: str
    kind: HoldKind
    status: HoldStatus
    lines: list[HoldLineView]
    expires_at: Instant
    links: dict[str, str]
