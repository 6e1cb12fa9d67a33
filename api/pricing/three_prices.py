"""The three prices of one thing over any transport (B40): a valid request in, the JSON of the answer out."""

from __future__ import annotations

from datetime import datetime

from activities.price_desk import Ask, PriceDesk
from api.asking import ask_of
from api.pricing.answers import payment_price_view, shown_prices_view
from api.pricing.views import quote_view
from api.schemas.prices import DisplayPricesBody, OrderPriceBody, PaymentPriceBody
from api.views import Json
from domain.errors import InvalidValueError
from domain.money import Money
from domain.ports.prices import PriceSnapshots, SnapshotNotFoundError
from domain.pricing.request import RequestedLine, Scene, Wishes
from workflows.amounts import minor_digits


async def display_prices(desk: PriceDesk, body: DisplayPricesBody, now: datetime) -> Json:
    """What a product page shows. Raises what `PriceDesk.quote` raises; `InvalidValueError`: a SKU twice."""
    if len(set(body.skus)) != len(body.skus):
        raise InvalidValueError(field="skus", rule="each sku once")
    lines = tuple(RequestedLine(sku, 1) for sku in body.skus)
    ask = Ask(Scene.DISPLAY, body.currency, lines, body.buyer_id, Wishes(region=body.region or ""))
    return shown_prices_view(await desk.quote(ask, now), now)


async def order_price(desk: PriceDesk, body: OrderPriceBody, now: datetime) -> Json:
    """A quote to order by: final once the payment method is named. Raises what `PriceDesk.quote` raises."""
    ask = ask_of(body, Scene.CHECKOUT if body.payment_method else Scene.ORDER)
    return quote_view(await desk.quote(ask, now), now)


async def payment_price(
    desk: PriceDesk, snapshots: PriceSnapshots, body: PaymentPriceBody, now: datetime
) -> Json:
    """Whether a shown price still holds, up to one unit of its currency. Raises `SnapshotNotFoundError`, and
    what `PriceDesk.payment_price` raises.
    """
    snapshot = await snapshots.get(body.snapshot_id)
    if snapshot is None:
        raise SnapshotNotFoundError(snapshot_id=body.snapshot_id)
    tolerance = Money(10 ** minor_digits(snapshot.currency), snapshot.currency)
    return payment_price_view(await desk.payment_price(body.snapshot_id, body.buyer_id, tolerance, now))
