"""A buyer's, a merchant's and a carrier's hands on the API, over real HTTP. Checks no business rule."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from ops.scenarios.after_sale_hands import AfterSaleHands
from ops.scenarios.answers import ShopError, expect, in_time, once
from ops.scenarios.carrier_hands import CarrierHands
from ops.scenarios.pricing_hands import CURRENCY, Item, PricingHands
from ops.scenarios.record_hands import RecordHands

MERCHANT = "m-demo"
PRICE = 19_900
PATIENCE = timedelta(seconds=45)
_LOOK_SECONDS = 0.05
View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A checkout, ready to be sent once or often."""

    key: str
    body: Mapping[str, Any]


class Shop:
    """Clients of the API, the sandbox provider and the sandbox carrier; an async context manager.

    ``pricing`` has the hands that set prices: merchants', operators' and those of buyers who are asked;
    ``after_sale`` those that return and refund, ``carrier`` those that carry, ``records`` look back.
    """

    def __init__(self, api_url: str, provider_url: str, carrier_url: str, api_key: str | None = None) -> None:
        """Name all three; nothing is connected yet."""
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._api = httpx.AsyncClient(base_url=api_url, headers=headers, timeout=PATIENCE.total_seconds())
        self.pricing = PricingHands(self._api)
        self.after_sale = AfterSaleHands(self._api)
        self.records = RecordHands(self._api)
        self._provider = httpx.AsyncClient(base_url=provider_url, timeout=PATIENCE.total_seconds())
        self._carrier = httpx.AsyncClient(base_url=carrier_url, timeout=PATIENCE.total_seconds())
        self.carrier = CarrierHands(self._carrier)

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._api.aclose()
        await self._provider.aclose()
        await self._carrier.aclose()

    async def new_item(self, units: int, title: str = "西湖龙井 Longjing green tea, 100 g") -> str:
        """A SKU of its own with that many units on hand, so that no other story touches its stock."""
        sku = f"demo-{uuid4().hex[:10]}"
        await self.pricing.put_item(Item(sku, title, MERCHANT, PRICE), units)
        return sku

    async def fill_basket(self, sku: str, quantity: int = 1, buyer: str | None = None) -> Request:
        """Ask for the price, and give the checkout that agrees to it."""
        buyer_id = buyer or f"buyer-{uuid4().hex[:10]}"
        lines = [{"sku": sku, "quantity": quantity}]
        wish = {"scene": "checkout", "currency": CURRENCY, "buyer_id": buyer_id, "lines": lines}
        answer = await self._api.post("/v1/quotes", json=wish, headers=once())
        quote = expect(answer, HTTPStatus.CREATED)
        return checkout_of(quote)

    async def send(self, request: Request) -> httpx.Response:
        """Post a checkout and give the answer as it is."""
        headers = {"idempotency-key": request.key}
        return await self._api.post("/v1/orders", json=request.body, headers=headers)

    async def place(self, sku: str, quantity: int = 1) -> View:
        """Order at once; the order with its ``pay_url``."""
        answer = expect(await self.send(await self.fill_basket(sku, quantity)), HTTPStatus.CREATED)
        return {**answer["order"], "pay_url": answer["payment"]["pay_url"]}

    async def place_all(self, lines: Sequence[tuple[str, int]], **wishes: Any) -> View:
        """Order several SKUs at once; the order with its ``pay_url``."""
        quote = await self.pricing.quote(f"buyer-{uuid4().hex[:10]}", lines, **wishes)
        answer = expect(await self.send(checkout_of(quote)), HTTPStatus.CREATED)
        return {**answer["order"], "pay_url": answer["payment"]["pay_url"]}

    async def look(self, order_id: str) -> View:
        """The order as it stands."""
        view: View = expect(await self._api.get(f"/v1/orders/{order_id}"), HTTPStatus.OK)
        return view

    async def until(self, order_id: str, holds: Callable[[View], bool], what: str) -> View:
        """Look until it holds. Raises `ShopError` when it does not in time; ``what`` names the state."""
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while True:
            view = await self.look(order_id)
            if holds(view):
                return view
            if time.monotonic() > deadline:
                raise ShopError(f"order {view['number']} did not become {what}: it is {state_of(view)}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def until_status(self, order_id: str, status: str) -> View:
        """Look until the order has that status."""
        return await self.until(order_id, lambda view: bool(view["status"] == status), status)

    async def pay(self, pay_url: str) -> None:
        """Pay on the pay page."""
        expect(await self._provider.post(pay_url, json={"action": "pay"}), HTTPStatus.OK)

    async def decline(self, pay_url: str) -> None:
        """Give up on the pay page."""
        expect(await self._provider.post(pay_url, json={"action": "decline"}), HTTPStatus.OK)

    async def charge_back(self, payment_key: str) -> None:
        """The buyer's bank takes the money of a payment back."""
        body = {"payment_key": payment_key}
        expect(await self._provider.post("/v1/bank/charge-backs", json=body), HTTPStatus.OK)

    async def pay_again(self, order_id: str) -> str:
        """Open another attempt; where it is paid."""
        answer = await self._api.post(f"/v1/orders/{order_id}/payments", json={}, headers=once())
        return str(expect(answer, HTTPStatus.CREATED)["payment"]["pay_url"])

    async def cancel(self, order_id: str) -> View:
        """Cancel for the buyer."""
        path = f"/v1/orders/{order_id}/cancel"
        answer = await self._api.post(path, json={"reason": "buyer"}, headers=once())
        view: View = expect(answer, HTTPStatus.OK)
        return view

    async def deliver(self, order_id: str) -> View:
        """Have every parcel of a paid order fetched and delivered; the order when it is completed."""
        paid = await self.until(order_id, is_booked, "booked with the carrier")
        for shipment in paid["shipments"]:
            await self.carrier.hand_over(shipment["id"])
            await self.carrier.deliver(shipment["id"])
        return await self.until_status(order_id, "completed")

    async def report_shipment(self, shipment_id: str, kind: str) -> None:
        """What a carrier says: ``handed_over`` or ``delivered``."""
        body = {"event_id": str(uuid4()), "kind": kind, "occurred_at": in_time()}
        answer = await self._api.post(f"/v1/shipments/{shipment_id}/events", json=body, headers=once())
        expect(answer, HTTPStatus.ACCEPTED)

    async def events(self, order_id: str) -> Sequence[View]:
        """Every event of the order, oldest first."""
        answer = await self._api.get(f"/v1/orders/{order_id}/events")
        items: Sequence[View] = expect(answer, HTTPStatus.OK)["items"]
        return items

    async def whole_story(self, order_id: str) -> tuple[View, Sequence[View]]:
        """The order and all its events, once its parcels are booked: that goes on beside every story."""
        view = await self.until(order_id, _is_arranged, "arranged with the carrier")
        return view, await self.events(order_id)

    async def count_orders(self, most: int) -> int:
        """How many orders the list knows, counted up to ``most``."""
        query: dict[str, str | int] = {"limit": 100}
        count = 0
        while count < most:
            page = expect(await self._api.get("/v1/orders", params=query), HTTPStatus.OK)
            count += len(page["items"])
            if not page["has_more"]:
                break
            query["cursor"] = page["cursor"]
        return count

    async def orders_of(self, buyer_id: str) -> Sequence[View]:
        """The orders of a buyer as the list has them now."""
        answer = await self._api.get("/v1/orders", params={"buyer_id": buyer_id})
        items: Sequence[View] = expect(answer, HTTPStatus.OK)["items"]
        return items

    async def charges(self, order_id: str) -> Sequence[int]:
        """What the provider's books say, in minor units: captures positive, refunds negative."""
        answer = await self._provider.get("/v1/ledger", params={"order_id": order_id})
        entries = expect(answer, HTTPStatus.OK)["entries"]
        return [each["amount"] * (1 if each["type"] == "payment.captured" else -1) for each in entries]

    async def script(self, order_id: str, fault: str, **parameters: int) -> None:
        """Make the provider misbehave once for this order."""
        body = {"order_id": order_id, "fault": fault, **parameters}
        expect(await self._provider.post("/v1/faults", json=body), HTTPStatus.CREATED)

    async def until_callbacks_are_out(self) -> None:
        """Return when the provider has delivered all it had to say. Raises `ShopError` after a while."""
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while expect(await self._provider.get("/v1/callbacks"), HTTPStatus.OK)["pending"]:
            if time.monotonic() > deadline:
                raise ShopError("the provider's callbacks were not taken in time")
            await asyncio.sleep(_LOOK_SECONDS)


def checkout_of(quote: View) -> Request:
    """The checkout that agrees to a quote."""
    lines = [{"sku": line["sku"], "quantity": line["quantity"]} for line in quote["lines"]]
    address = {"street": "1 Lakeside", "city": "Hangzhou", "zip_code": "310000", "country": "CN"}
    body = {"buyer_id": quote["buyer_id"], "snapshot_id": quote["id"], "lines": lines, "address": address}
    return Request(str(uuid4()), body)


def is_booked(view: View) -> bool:
    """Whether the carrier will fetch everything that the order sends."""
    return bool(view["shipments"]) and all(each["status"] == "booked" for each in view["shipments"])


def _is_arranged(view: View) -> bool:
    waits = any(each["category"] == "physical" and each["status"] == "planned" for each in view["shipments"])
    return view["status"] != "paid" or (bool(view["shipments"]) and not waits)


def state_of(view: View) -> str:
    """An order's states in one phrase."""
    parts = (view["status"], view.get("payment_status"), view.get("fulfilment_status"))
    return ", ".join(str(part) for part in parts if part)
