"""The hands that set prices, a merchant's and an operator's, and those of a buyer who is asked. No rules."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx

from ops.scenarios.answers import ShopError, expect, in_time, once

CURRENCY = "CNY"
PROMISED = timedelta(hours=1)  # how long a promotion runs when nobody says otherwise
_INSTANT = timedelta(milliseconds=1)
_PATIENCE = timedelta(seconds=30)
_LOOK_SECONDS = 0.1
_MERCHANT = {"orderkeep-actor": "demo-merchant"}
_OPERATOR = {"orderkeep-actor": "demo-operator"}
View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """Something on sale; prices in minor units. `market` is the daily price when it is 0."""

    sku: str
    title: str
    merchant: str
    price: int
    market: int = 0
    category: str = "physical"


@dataclass(frozen=True, slots=True)
class Campaign:
    """A promotion as a merchant thinks of it. `quota` is how many units there are; None does not count."""

    merchant: str
    name: str
    kind: str
    terms: View
    skus: Sequence[str]
    quota: int | None = None
    lasts: timedelta = PROMISED


class PricingHands:
    """Works on the client that it is given."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        """Take the client of the API; it is closed by its owner."""
        self._api = api

    async def put_item(self, item: Item, units: int | None = None) -> None:
        """Put an item on sale or change its price; None leaves the stock as it is."""
        body = {
            "sku": item.sku,
            "merchant_id": item.merchant,
            "title": item.title,
            "category": item.category,
            "prices": [
                {"market_price": _money(item.market or item.price), "discount_price": _money(item.price)}
            ],
            "stock": units,
        }
        answer = await self._api.put("/v1/catalogue/items", json={"items": [body]})
        expect(answer, HTTPStatus.NO_CONTENT)

    async def put_delivery_fee(self, merchant: str, fee: int) -> None:
        """What the merchant charges for carrying its goods."""
        path = f"/v1/catalogue/merchants/{merchant}/delivery-fee"
        expect(await self._api.put(path, json={"fee": _money(fee)}), HTTPStatus.NO_CONTENT)

    async def put_buyer(self, buyer_id: str, age: timedelta, points: int = 0) -> None:
        """A buyer who registered that long ago and has so many points."""
        path = f"/v1/buyers/{buyer_id}"
        expect(await self._api.put(path, json={"registered_at": in_time(-age)}), HTTPStatus.NO_CONTENT)
        if points:
            expect(await self._api.put(f"{path}/points", json={"points": points}), HTTPStatus.NO_CONTENT)

    async def put_voucher(self, code: str, body: View) -> None:
        """Hand out a voucher that holds from now on; ``body`` says what it takes off."""
        window = {"currency": CURRENCY, "starts_at": in_time(-PROMISED), "ends_at": in_time(PROMISED)}
        expect(await self._api.put(f"/v1/vouchers/{code}", json={**window, **body}), HTTPStatus.NO_CONTENT)

    async def add_fee_rules(self, added: Callable[[View], View]) -> None:
        """Change the charges of the demo's currency; what the change does not touch stays."""
        path = f"/v1/fee-rules/{CURRENCY}"
        rules = expect(await self._api.get(path), HTTPStatus.OK)
        expect(await self._api.put(path, json={**rules, **added(rules)}), HTTPStatus.NO_CONTENT)

    async def start(self, campaign: Campaign) -> str:
        """Take a promotion through review: a merchant proposes, an operator approves. Gives its id."""
        # It is activated at once: were it to begin by itself, who comes first would be chance. Its start is
        # read from the clock before its end, so that the two never meet.
        starts_at, ends_at = in_time(campaign.lasts - _INSTANT), in_time(campaign.lasts)
        body = {
            "merchant_id": campaign.merchant,
            "subject": "promotion",
            "promotion": {
                "document": {
                    "name": campaign.name,
                    "kind": campaign.kind,
                    "terms": campaign.terms,
                    "currency": CURRENCY,
                    "funder": "merchant",
                    "skus": list(campaign.skus),
                },
                "quotas": dict.fromkeys(campaign.skus, campaign.quota) if campaign.quota else {},
            },
            "starts_at": starts_at,
            "ends_at": ends_at,
            "comment": "for the demo",
        }
        draft = await self._decide("/v1/price-proposals", body, _MERCHANT, HTTPStatus.CREATED)
        path = f"/v1/price-proposals/{draft['id']}"
        await self._decide(f"{path}/submit", {}, _MERCHANT)
        await self._decide(f"{path}/approve", {"comment": "within the budget"}, _OPERATOR)
        active = await self._decide(f"{path}/activate", {}, _OPERATOR)
        return str(active["promotion"]["id"])

    async def quote(self, buyer_id: str, lines: Sequence[tuple[str, int]], **wishes: Any) -> View:
        """A price to check out with, of so many units of each SKU."""
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
        body = {"scene": "checkout", "currency": CURRENCY, "buyer_id": buyer_id, "lines": wanted, **wishes}
        answer = await self._api.post("/v1/quotes", json=body, headers=once())
        view: View = expect(answer, HTTPStatus.CREATED)
        return view

    async def quote_until(self, total: int, buyer_id: str, lines: Sequence[tuple[str, int]]) -> View:
        """Quote until that is the total. Raises `ShopError` when it does not become so in time."""
        deadline = time.monotonic() + _PATIENCE.total_seconds()
        while True:
            view = await self.quote(buyer_id, lines)
            if view["total"]["amount"] == total:
                return view
            if time.monotonic() > deadline:
                raise ShopError(f"the price stayed at {view['total']['amount']} and did not become {total}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def picture(self, quote: View) -> str:
        """The address of the quote's waterfall, which is there and is a picture."""
        answer = await self._api.get(quote["links"]["waterfall"])
        if answer.status_code != HTTPStatus.OK or not answer.text.lstrip().startswith("<"):
            raise ShopError(f"the waterfall answered {answer.status_code}")
        return str(answer.request.url)

    async def confirm(self, order_id: str, snapshot_id: str) -> View:
        """The buyer agrees to the new price: the order with its ``pay_url``."""
        path = f"/v1/orders/{order_id}/price-confirmation"
        answer = await self._decide(path, {"snapshot_id": snapshot_id}, {})
        return {**answer["order"], "pay_url": answer["payment"]["pay_url"]}

    async def decline(self, order_id: str) -> View:
        """The buyer does not agree."""
        answer = await self._decide(f"/v1/orders/{order_id}/price-decline", {}, {})
        view: View = answer["order"]
        return view

    async def _decide(
        self, path: str, body: View, actor: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK
    ) -> Any:
        return expect(await self._api.post(path, json=body, headers={**once(), **actor}), status)


def _money(amount: int) -> View:
    return {"amount": amount, "currency": CURRENCY}
