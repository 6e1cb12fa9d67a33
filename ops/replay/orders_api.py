"""The public API as a replay uses it: requests made from a plan, answers taken apart. No HTTP details."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from domain.money import Money
from ops.replay.calls import Calls, NoAnswerError
from ops.replay.errors import ReplayError
from ops.replay.names import identifier
from ops.replay.plan import GoodsBack, Item, PlannedLine, Purchase
from ops.replay.sales import Sales, read_sales

BATCH = 250  # the API takes 500, and 256 KiB in one body
_LONG_LOOK = "2s"  # not longer: an address to pay at can appear without a new version
View = Mapping[str, Any]


class PurchaseRefusedError(Exception):
    """The API said no to this request, for good; ``code`` is its slug."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep both."""
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class OrdersApi:
    """One merchant's view of the API. ``scope`` names the history: it makes ids and keys its own."""

    def __init__(self, calls: Calls, scope: str, wait: timedelta) -> None:
        """``wait`` is how long an order may take to get into a wanted state."""
        self._calls = calls
        self._scope = scope
        self._wait = wait.total_seconds()

    @property
    def merchant_id(self) -> str:
        """Who sells everything in this history."""
        return f"history-{self._scope}"

    async def offer(self, items: Sequence[Item]) -> None:
        """Put the items on sale. Raises `ReplayError` when the API takes one of them for wrong."""
        for first in range(0, len(items), BATCH):
            body = {"items": [self._item(item) for item in items[first : first + BATCH]]}
            answer = await self._calls.put("/v1/catalogue/items", body)
            if not answer.is_success:
                raise ReplayError(f"the catalogue was not taken: {answer.status_code} {answer.text[:500]}")

    async def quote(self, purchase: Purchase) -> str:
        """The id of a checkout snapshot that costs what the history says, or `PurchaseRefusedError`."""
        body = {
            "scene": "checkout",
            "currency": purchase.total.currency,
            "buyer_id": purchase.buyer_id,
            "lines": _lines(purchase.lines),
        }
        view = _taken(await self._calls.post("/v1/quotes", body, self._key(purchase.invoice.number, "quote")))
        price = money_of(view["total"])
        if price != purchase.total:
            raise PurchaseRefusedError("price_differs", f"{purchase.total} in the history, {price} quoted")
        return str(view["id"])

    async def order(self, purchase: Purchase, snapshot_id: str) -> View:
        """Place the order, wait if it was only accepted; its view. Raises `PurchaseRefusedError`."""
        body = {
            "buyer_id": purchase.buyer_id,
            "snapshot_id": snapshot_id,
            "lines": _lines(purchase.lines),
            "address": {
                "street": f"Invoice {purchase.invoice.number}"[:200],
                "city": "unknown",
                "zip_code": "unknown",
                "country": purchase.country,
            },
        }
        answer = await self._calls.post("/v1/orders", body, self._key(purchase.invoice.number, "order"))
        view = _taken(answer)
        if answer.status_code == HTTPStatus.ACCEPTED:
            started = await self.until(view["order_id"], _is_decided)
            return _ordered(started, [])
        return _ordered(view["order"], view["messages"])

    async def give_back(self, order_id: str, name: str, goods: Sequence[GoodsBack]) -> None:
        """Have the order delivered, these goods returned, and their money paid back; all of it once.

        ``name`` tells this return from others of the same order. Raises `PurchaseRefusedError`.
        """
        await self._deliver(order_id)
        quantities = Counter[int]()
        for part in goods:
            quantities[part.line] += part.quantity
        lines = [{"line": line, "quantity": quantity} for line, quantity in sorted(quantities.items())]
        returns = f"/v1/orders/{order_id}/returns"
        asked = {"lines": lines, "reason": "other"}
        case = _taken(await self._calls.post(returns, asked, self._key(name, "return")))["id"]
        for what, body in (
            ("decision", {"approved": True, "goods_back": True}),
            ("receipt", {"lines": lines, "restock": True}),
        ):
            _taken(await self._calls.post(f"{returns}/{case}/{what}", body, self._key(name, what)))
        await self.until(order_id, lambda view: _is_refunded(view, case))

    async def _deliver(self, order_id: str) -> None:
        """Report what a carrier would; a repeat has no effect."""
        path = f"/v1/shipments/shp_{order_id}/events"
        for kind in ("handed_over", "delivered"):
            key = self._key(order_id, kind)
            body = {"event_id": key, "kind": kind, "occurred_at": datetime.now(UTC).isoformat()}
            _taken(await self._calls.post(path, body, key))
        await self.until(order_id, lambda view: view["fulfilment_status"] in _ARRIVED)

    async def pay(self, pay_url: str) -> None:
        """Do what a buyer does on the pay page. A payment that is closed already is left as it is."""
        answer = await self._calls.post_elsewhere(pay_url, {"action": "pay"})
        if not answer.is_success and answer.status_code != HTTPStatus.CONFLICT:
            raise PurchaseRefusedError("pay_page", f"{answer.status_code} {answer.text[:200]}")

    async def until(self, order_id: str, wanted: Callable[[View], bool]) -> View:
        """Look at an order until it is as wanted. Raises `NoAnswerError` when the wait is over."""
        deadline = time.monotonic() + self._wait
        path = f"/v1/orders/{order_id}"
        view = _taken(await self._calls.get(path))
        while not wanted(view):
            if time.monotonic() > deadline:
                raise NoAnswerError(f"order {view['number']} stays {view['status']}")
            answer = await self._calls.get(path, unless=view["version"], wait=_LONG_LOOK)
            if answer.status_code != HTTPStatus.NOT_MODIFIED:
                view = _taken(answer)
        return view

    async def sales(self, currency: str) -> Sales:
        """What the projection has of this history now."""
        return read_sales(_taken(await self._calls.get("/v1/sales", merchant_id=self.merchant_id)), currency)

    def _key(self, invoice: str, what: str) -> str:
        return identifier(f"replay-{self._scope}-{what}", invoice)

    def _item(self, item: Item) -> dict[str, Any]:
        price = {"amount": item.price.amount, "currency": item.price.currency}
        return {
            "sku": item.sku,
            "merchant_id": self.merchant_id,
            "title": item.title,
            "category": "physical",
            "prices": [{"market_price": price, "discount_price": price}],
            "stock": item.stock,
        }


def money_of(value: Mapping[str, Any]) -> Money:
    """Money out of the API's JSON."""
    return Money(value["amount"], value["currency"])


def is_paid(view: View) -> bool:
    """True when the provider's whole payment reached the order."""
    return view["status"] != "accepted" and money_of(view["captured"]) == money_of(view["total"])


def _lines(lines: Sequence[PlannedLine]) -> list[dict[str, Any]]:
    return [{"sku": line.sku, "quantity": line.quantity} for line in lines]


def _taken(answer: httpx.Response) -> View:
    """The body of a success; raises `PurchaseRefusedError` with the problem's slug for anything else."""
    body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    if answer.is_success:
        assert isinstance(body, dict)
        return body
    code = str(body.get("code", f"http_{answer.status_code}"))
    raise PurchaseRefusedError(code, str(body.get("detail", answer.text[:200])))


def _is_decided(view: View) -> bool:
    return view["status"] not in {"accepted", "draft"}


_ARRIVED = frozenset({"delivered", "returned"})
_NEVER_CREATED = frozenset({"out_of_stock", "price_declined", "confirmation_timeout"})


def _is_refunded(view: View, return_id: str) -> bool:
    return any(case["id"] == return_id and case["status"] == "refunded" for case in view["returns"])


def _ordered(view: View, messages: Sequence[Mapping[str, Any]]) -> View:
    if view["status"] == "refused":
        raise PurchaseRefusedError(str(view["refusal"]), "refused before it began")
    if view["status"] == "draft":
        codes = ", ".join(str(message["code"]) for message in messages)
        raise PurchaseRefusedError("price_changed", f"the buyer is asked: {codes or 'no reason given'}")
    if view["status"] == "cancelled" and view["cancel_reason"] in _NEVER_CREATED:
        raise PurchaseRefusedError(str(view["cancel_reason"]), "refused after it was accepted")
    return view
