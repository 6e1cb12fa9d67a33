"""What is compared: Orderkeep and the two baselines, behind the same five verbs."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Protocol

import httpx

SKU_COUNT = 50
PATIENCE = 60.0


class System(Protocol):
    """One system under test. `place` is the first answer; `finished` tells whether the story is over."""

    name: str

    async def prepare(self, buyer: str, sku: str) -> dict[str, object]:
        """Anything a client has before it orders (a quote); not timed."""
        ...

    async def place(self, prepared: dict[str, object]) -> tuple[str, str]:
        """Order id and pay URL."""
        ...

    async def finished(self, order_id: str) -> bool:
        """True when the order is paid and delivered."""
        ...


def client_for(base_url: str) -> httpx.AsyncClient:
    """A keep-alive client wide enough for 16 clients and their callbacks."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    return httpx.AsyncClient(base_url=base_url, timeout=60, limits=limits)


class Orderkeep:
    """The product, through its public API."""

    name = "orderkeep"

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def put_catalogue(self) -> None:
        """Fifty virtual SKUs at 9.90."""
        price = {"amount": 990, "currency": "CNY"}
        items = [
            {
                "sku": f"bench-{number}",
                "merchant_id": "bench",
                "title": "Benchmark item",
                "category": "virtual",
                "prices": [{"market_price": price, "discount_price": price}],
                "stock": 10**8,
            }
            for number in range(SKU_COUNT)
        ]
        (await self._http.put("/v1/catalogue/items", json={"items": items})).raise_for_status()

    async def prepare(self, buyer: str, sku: str) -> dict[str, object]:
        """A checkout quote."""
        lines = [{"sku": sku, "quantity": 1}]
        body = {"scene": "checkout", "currency": "CNY", "buyer_id": buyer, "lines": lines}
        answer = await self._http.post("/v1/quotes", json=body)
        answer.raise_for_status()
        return {"buyer_id": buyer, "snapshot_id": answer.json()["id"], "lines": lines}

    async def place(self, prepared: dict[str, object]) -> tuple[str, str]:
        """POST /v1/orders; anything but a created order with a pay URL is an error."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = await self._http.post("/v1/orders", json=prepared, headers=headers)
        if answer.status_code != httpx.codes.CREATED:
            message = f"{answer.status_code}: {answer.text[:300]}"
            raise RuntimeError(message)
        body = answer.json()
        return body["order"]["id"], body["payment"]["pay_url"]

    async def finished(self, order_id: str) -> bool:
        """GET /v1/orders/{id}."""
        answer = await self._http.get(f"/v1/orders/{order_id}")
        return bool(answer.json()["fulfilment_status"] == "delivered")


class Baseline:
    """One of the two baselines."""

    def __init__(self, name: str, http: httpx.AsyncClient) -> None:
        self.name = name
        self._http = http

    async def prepare(self, buyer: str, sku: str) -> dict[str, object]:
        """Baselines need no quote."""
        return {"buyer_id": buyer, "lines": [{"sku": sku, "quantity": 1}]}

    async def place(self, prepared: dict[str, object]) -> tuple[str, str]:
        """POST /orders."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = await self._http.post("/orders", json=prepared, headers=headers)
        answer.raise_for_status()
        body = answer.json()
        return body["id"], body["pay_url"]

    async def finished(self, order_id: str) -> bool:
        """GET /orders/{id}."""
        return bool((await self._http.get(f"/orders/{order_id}")).json()["status"] == "completed")


async def first_answers(system: System, clients: int, each: int) -> tuple[list[float], float]:
    """Seconds of every first answer, and answers per second, with that many clients in closed loops."""
    wishes = [[await system.prepare(f"b{c}", _sku(c, n)) for n in range(each)] for c in range(clients)]
    times: list[float] = []

    async def one(mine: list[dict[str, object]]) -> None:
        for wish in mine:
            begun = time.perf_counter()
            await system.place(wish)
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(one(mine) for mine in wishes))
    return times, clients * each / (time.perf_counter() - begun)


async def whole_orders(
    system: System, provider: httpx.AsyncClient, clients: int, each: int
) -> tuple[list[float], float]:
    """The same for the whole story: ordered, paid at the provider, called back, delivered, seen."""
    wishes = [[await system.prepare(f"b{c}", _sku(c, n)) for n in range(each)] for c in range(clients)]
    times: list[float] = []

    async def one(mine: list[dict[str, object]]) -> None:
        for wish in mine:
            begun = time.perf_counter()
            order_id, pay_url = await system.place(wish)
            (await provider.post(pay_url, json={"action": "pay"})).raise_for_status()
            async with asyncio.timeout(PATIENCE):
                while not await system.finished(order_id):
                    await asyncio.sleep(0.05)
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(one(mine) for mine in wishes))
    return times, clients * each / (time.perf_counter() - begun)


def _sku(client: int, number: int) -> str:
    return f"bench-{(client * 7 + number) % SKU_COUNT}"
