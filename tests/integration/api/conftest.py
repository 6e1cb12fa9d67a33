"""The API over real servers: PostgreSQL, Valkey, Temporal with our worker. Provider and carrier are fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.settings import Settings
from adapters.temporal.connection import connected_client
from adapters.wiring import open_adapters
from api.app import create_app, open_ports
from api.dependencies import ApiPorts
from tests.support.api_world import ADDRESS, LINES, an_item
from tests.support.fake_carrier import FakeCarrier
from tests.support.fake_gateway import FakeGateway
from workflows.workers import Queues, build_workers


@dataclass
class RealApi:
    """A caller of the API, with what a test needs to look behind it."""

    http: httpx.AsyncClient
    ports: ApiPorts
    gateway: FakeGateway
    carrier: FakeCarrier

    async def order_body(self) -> dict[str, Any]:
        """A request that would be accepted."""
        body = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": LINES}
        quote = await self.http.post("/v1/quotes", json=body)
        assert quote.status_code == 201, quote.text
        return {
            "buyer_id": "buyer-1",
            "snapshot_id": quote.json()["id"],
            "lines": LINES,
            "address": ADDRESS,
        }

    async def post(self, path: str, body: Any, key: str = "") -> httpx.Response:
        return await self.http.post(path, json=body, headers={"Idempotency-Key": key or uuid4().hex})

    async def placed(self) -> dict[str, Any]:
        """A new order that waits for payment."""
        answer = await self.post("/v1/orders", await self.order_body())
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()["order"]
        return order

    async def calls_back(self, key: str) -> None:
        """The buyer pays, and the provider tells us."""
        for fact in self.gateway.buyer_pays(key):
            headers, body = self.gateway.signed(fact)
            answer = await self.http.post("/v1/payment-callbacks/sandbox", content=body, headers=headers)
            assert answer.status_code == 204, answer.text


@pytest.fixture
def values(database_url: str, redis_url: str, temporal_address: str) -> dict[str, Any]:
    """Settings for this test alone: queues of its own on the session's servers."""
    mark = uuid4().hex[:8]
    return {
        "database_url": database_url,
        "redis_url": redis_url,
        "temporal_address": temporal_address,
        "order_task_queue": f"orders-{mark}",
        "payment_task_queue": f"payments-{mark}",
        "return_window_seconds": 0,
    }


@pytest.fixture
async def real_api(values: dict[str, Any]) -> AsyncIterator[RealApi]:
    """API and worker, both over the session's servers."""
    settings = Settings(_env_file=None, **values)
    gateway, carrier = FakeGateway(), FakeCarrier()
    async with AsyncExitStack() as stack:
        adapters = await stack.enter_async_context(open_adapters(settings, application="test-worker"))
        queues = Queues(settings.order_task_queue, settings.payment_task_queue)
        client = await connected_client(settings)
        played = replace(adapters, gateways={gateway.provider: gateway}, carrier=carrier)
        for worker in build_workers(client, played, queues):
            await stack.enter_async_context(worker)
        yield await stack.enter_async_context(api_of(settings, gateway, carrier))


@asynccontextmanager
async def api_of(
    settings: Settings, gateway: FakeGateway | None = None, carrier: FakeCarrier | None = None
) -> AsyncIterator[RealApi]:
    """The API without any worker; the shop sells mugs."""
    gateway, carrier = gateway or FakeGateway(), carrier or FakeCarrier()
    async with open_ports(settings) as opened:
        ports = replace(opened, gateways={gateway.provider: gateway}, carrier=carrier)
        app = create_app(settings, ports)
        caller = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test", timeout=30)
        async with app.router.lifespan_context(app), caller as http:
            await http.put("/v1/catalogue/items", json={"items": [an_item(stock=1_000)]})
            yield RealApi(http, ports, gateway, carrier)
