"""A small shop that answers like the API, for tests of the driver: idempotent, with scripted trouble."""

import asyncio
import json
from collections import Counter
from typing import Any

import httpx


class FakeApi:
    def __init__(self) -> None:
        self.prices: dict[str, Any] = {}
        self.quotes: dict[str, Any] = {}
        self.orders: dict[str, dict[str, Any]] = {}  # by id
        self.answers: dict[str, tuple[int, Any]] = {}  # by idempotency key
        self.trouble: dict[str, list[Any]] = {}  # by method and path: what happens first
        self.calls: Counter[str] = Counter()
        self.accept_later = False
        self.pays = True
        self.changed = asyncio.Condition()

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        name = f"{request.method} {request.url.path}"
        self.calls[name] += 1
        waiting = self.trouble.get(name, [])
        if waiting:
            trouble = waiting.pop(0)
            if trouble == "lost answer":
                self._answer(request)
                raise httpx.ReadTimeout("no answer", request=request)
            if isinstance(trouble, Exception):
                raise trouble
            assert isinstance(trouble, httpx.Response)
            return trouble
        async with self.changed:
            status, body = self._answer(request)
            self.changed.notify_all()
        return httpx.Response(status, json=body)

    def _answer(self, request: httpx.Request) -> tuple[int, Any]:
        key = request.headers.get("idempotency-key")
        if key in self.answers:
            return self.answers[key]
        body = json.loads(request.content) if request.content else {}
        answer = self._route(request, body)
        if key:
            self.answers[key] = answer
        return answer

    def _route(self, request: httpx.Request, body: Any) -> tuple[int, Any]:
        match request.method, request.url.path.strip("/").split("/"):
            case "PUT", ["v1", "catalogue", "items"]:
                self.prices |= {item["sku"]: item["prices"][0]["market_price"] for item in body["items"]}
                return 204, None
            case "POST", ["v1", "quotes"]:
                return 201, self._quote(body)
            case "POST", ["v1", "orders"]:
                return self._order(body)
            case "GET", ["v1", "orders", order_id]:
                order = self.orders[order_id]
                order["status"] = "created" if order["status"] == "accepted" else order["status"]
                return 200, order
            case "POST", ["v1", "shipments", shipment_id, "events"]:
                order = self.orders[shipment_id.removeprefix("shp_")]
                order["fulfilment_status"] = body["kind"]
                return 202, {"status": "accepted"}
            case "POST", ["v1", "orders", order_id, "returns", *rest]:
                return self._return(self.orders[order_id], rest, body)
            case "POST", ["pay", order_id]:
                order = self.orders[order_id]
                if self.pays:
                    order |= {"status": "paid", "captured": order["total"]}
                else:
                    order |= {"status": "cancelled", "cancel_reason": "payment_timeout"}
                return 200, {}
            case _:
                pass
        return 404, {"code": "not_found", "detail": str(request.url)}

    def _return(self, order: dict[str, Any], rest: list[str], body: Any) -> tuple[int, Any]:
        if not rest:
            if order["fulfilment_status"] != "delivered":
                return 409, {"code": "not_returnable", "detail": order["fulfilment_status"]}
            order["returns"].append({"id": f"ret_{len(order['returns'])}", "status": "requested"})
            return 201, order["returns"][-1]
        case = next(each for each in order["returns"] if each["id"] == rest[0])
        case["status"] = {"decision": "approved", "receipt": "refunded"}[rest[1]]
        if rest[1] == "receipt":
            back = sum(
                self.prices[order["lines"][line["line"] - 1]["sku"]]["amount"] * line["quantity"]
                for line in body["lines"]
            )
            order["refunded"] = {"amount": order["refunded"]["amount"] + back, "currency": "GBP"}
        return 200, case

    async def has_orders(self, number: int) -> None:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: len(self.orders) >= number)

    def _quote(self, body: Any) -> dict[str, Any]:
        snapshot_id = f"snap_{len(self.quotes)}"
        amount = sum(self.prices[line["sku"]]["amount"] * line["quantity"] for line in body["lines"])
        view = {"id": snapshot_id, "total": {"amount": amount, "currency": body["currency"]}}
        self.quotes[snapshot_id] = view
        return view

    def _order(self, body: Any) -> tuple[int, Any]:
        order_id = f"ord_{len(self.orders)}"
        nothing = {"amount": 0, "currency": "GBP"}
        order = self.orders[order_id] = {
            "id": order_id,
            "number": f"N{order_id}",
            "status": "accepted" if self.accept_later else "created",
            "cancel_reason": None,
            "payment_status": "pending",
            "fulfilment_status": "unfulfilled",
            "returns": [],
            "buyer_id": body["buyer_id"],
            "total": self.quotes[body["snapshot_id"]]["total"],
            "captured": nothing,
            "refunded": nothing,
            "pay_url": f"http://provider/pay/{order_id}",
            "lines": body["lines"],
            "version": 1,
        }
        if self.accept_later:
            return 202, {"order_id": order_id, "number": order["number"], "status": "accepted"}
        return 201, {"order": dict(order), "payment": {}, "messages": []}
