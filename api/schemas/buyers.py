"""What operators tell about buyers and hand out to them: segments, points, vouchers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.schemas.currency import Currency
from api.schemas.values import AnswerBody, Code, Identifier, Moment, Points, Price, RequestBody, Sku, Title
from domain.catalogue.buyers import MOST_SEGMENTS
from domain.pricing.book import VoucherKind
from domain.pricing.breakdown import Funder

MOST_SKUS = 1_000
_MOST_ORDERS = 1_000_000
_MOST_USES = 1_000_000_000


class BuyerBody(RequestBody):
    """A buyer as prices see them. `total_orders` are those placed elsewhere; ours are counted by us."""

    registered_at: Annotated[Moment | None, Field(examples=["2026-01-31T08:15:00Z"])]
    total_orders: Annotated[int, Field(ge=0, le=_MOST_ORDERS)] = 0
    segments: Annotated[tuple[Code, ...], Field(max_length=MOST_SEGMENTS, examples=[["vip"]])] = ()


class PointsBody(RequestBody):
    """How many points are free for the buyer; those held and spent stay so."""

    points: Points


class VoucherBody(RequestBody):
    """A voucher. `value` is in minor units or, of a percentage, in basis points; `cap` the most it takes off.

    `minimum` is the least that goods in its scope must cost. `uses` is how often it may still be used, null
    for no count. `condition` is that of promotions.
    """

    name: Annotated[Title, Field(examples=["100 off in spring"])]
    kind: VoucherKind
    value: Annotated[Price, Field(ge=1)]
    currency: Currency
    starts_at: Annotated[Moment, Field(examples=["2026-03-01T00:00:00Z"])]
    ends_at: Annotated[Moment, Field(examples=["2026-04-01T00:00:00Z"])]
    funder: Funder = Funder.PLATFORM
    minimum: Price = 0
    cap: Annotated[Price | None, Field(ge=1)] = None
    merchant_id: Identifier | None = None
    skus: Annotated[tuple[Sku, ...] | None, Field(min_length=1, max_length=MOST_SKUS)] = None
    buyer_id: Identifier | None = None
    uses: Annotated[int | None, Field(ge=0, le=_MOST_USES)] = None
    per_buyer_limit: Annotated[int | None, Field(ge=1, le=_MOST_USES)] = None
    condition: dict[str, Any] | None = None


class ErasedBuyerView(AnswerBody):
    """Nothing personal of this buyer can be read any more, in none of their `orders`."""

    buyer_id: str
    orders: int
    erased_before: bool
