"""The API on a real PostgreSQL, with orders' workflows played: where every documented call may be tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx
import requests

from adapters.settings import Settings
from adapters.wiring import open_adapters
from api.app import build_services, create_app, open_ports
from api.dependencies import ApiPorts
from api.order.streams import StreamLimits
from domain.order.order import Order
from domain.payment.facts import FactKind
from domain.ports.carriers import CarrierFactKind
from domain.ports.proposals import stream_of
from tests.support.api_world import ADDRESS, LINES, an_item
from tests.support.builders import a_fact
from tests.support.fake_carrier import FakeCarrier
from tests.support.fake_gateway import FakeGateway
from tests.support.fake_workflows import FakeOrderWorkflows

# What a refused call may write: its own refusal, which comes again under the same key.
_REMEMBERED = ("request_log", "alembic_version")
_TABLES = """
SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname = 'public' AND relname <> ALL($1) ORDER BY relname
"""


# Those that the examples of the document name are among them.
_GOODS = [
    an_item("mug", stock=100_000),
    an_item("tea-01", stock=100_000),
    an_item("cup-01", stock=100_000),
    an_item("haircut", stock=100_000, category="service"),
]
_INSURANCE = {"code": "insurance", "label": "Insurance", "amount": 5_000}
_LINES = [*LINES, {"sku": "haircut", "quantity": 1}]
_QUOTE = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": _LINES}
_PRICE = {
    "market_price": {"amount": 1_200, "currency": "CNY"},
    "discount_price": {"amount": 900, "currency": "CNY"},
}
_PROPOSAL = {
    "merchant_id": "shop-7",
    "subject": "item_price",
    "item_price": {"sku": "mug", "prices": [_PRICE]},
    "starts_at": "2100-01-01T00:00:00Z",
    "ends_at": "2100-02-01T00:00:00Z",
}


@dataclass
class Stage:
    """A caller, and a look at everything that the database holds."""

    http: httpx.AsyncClient
    ports: ApiPorts
    workflows: FakeOrderWorkflows
    pool: Any
    tables: tuple[str, ...]

    async def send(self, request: requests.PreparedRequest) -> httpx.Response:
        """A generated request, byte for byte."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert body is None or isinstance(body, bytes)
        headers = {_raw(name): _raw(value) for name, value in request.headers.items()}
        assert request.method is not None
        assert request.url is not None
        return await self.http.request(request.method, request.url, content=body, headers=headers)

    async def fingerprint(self) -> dict[str, str]:
        """What each table holds, as a digest."""
        parts = (
            f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            for table in self.tables
        )
        rows = await self.pool.fetch(" UNION ALL ".join(parts))
        return {row[0]: row[1] for row in rows}

    async def known(self, path: str) -> tuple[dict[str, str], ...]:
        """Ids of what is there, by the names that a path gives them.

        Of orders: a new one that waits for money, one that is planned, one that came and of which
        something is to go back, and one whose return is agreed to.
        """
        if "{order_id}" in path or "{shipment_id}" in path:
            orders = (
                await self._placed(),
                await self._planned(),
                await self._to_go_back(),
                await self._to_go_back(agreed=True),
            )
            return tuple(_ids_in(order, path) for order in orders)
        if "{subject_id}" in path:
            await self._post("/v1/price-proposals", _PROPOSAL)
            order = await self._placed()
            return ({"subject": "order", "subject_id": order.id}, {"subject": "price", "subject_id": "mug"})
        if "{snapshot_id}" in path:
            return ({"snapshot_id": (await self._post("/v1/quotes", _QUOTE))["id"]},)
        if "{hold_id}" in path:
            held = {"buyer_id": "buyer-1", "lines": LINES, "minutes": 5}
            return ({"hold_id": (await self._post("/v1/holds", held))["id"]},)
        if "{proposal_id}" in path:
            return ({"proposal_id": (await self._post("/v1/price-proposals", _PROPOSAL))["id"]},)
        return ()

    async def version(self, known: Mapping[str, str]) -> int:
        """What the ETag of something known is now."""
        proposal = known.get("proposal_id")
        return await self.ports.events.head(stream_of(proposal) if proposal else known.get("order_id", ""))

    async def _placed(self) -> Order:
        snapshot = (await self._post("/v1/quotes", _QUOTE))["id"]
        body = {"buyer_id": "buyer-1", "snapshot_id": snapshot, "lines": _LINES, "address": ADDRESS}
        order_id = (await self._post("/v1/orders", body))["order"]["id"]
        return await self.workflows.order(order_id)

    async def _planned(self) -> Order:
        order = await self._placed()
        fact = a_fact(order.attempts[0], FactKind.CAPTURED, order.total, at=self.ports.clock.now())
        await self.workflows.report_payment(order.id, fact)
        return await self.workflows.plan(order.id)

    async def _to_go_back(self, *, agreed: bool = False) -> Order:
        order = await self._planned()
        await self.workflows.carrier_says(order.id, f"shp_{order.id}", CarrierFactKind.DELIVERED)
        body = {"lines": [{"line": 1, "quantity": 1}], "reason": "damaged", "exchange": True}
        path = f"/v1/orders/{order.id}/returns"
        made = await self._post(path, body)
        if agreed:
            await self._post(f"{path}/{made['id']}/decision", {"approved": True}, 200)
        return await self.workflows.order(order.id)

    async def _post(self, path: str, body: Mapping[str, Any], status: int = 201) -> dict[str, Any]:
        answer = await self.http.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code == status, answer.text
        made: dict[str, Any] = answer.json()
        return made


@asynccontextmanager
async def stage_on(database_url: str) -> AsyncIterator[Stage]:
    """The API and its database; goods are on sale, nobody has ordered yet."""
    settings = Settings(_env_file=None, database_url=database_url, redis_url="", first_answer_seconds=5)
    async with open_adapters(settings, application="test-look") as look, open_ports(settings) as opened:
        workflows = FakeOrderWorkflows(opened.events, opened.snapshots, opened.clock.now)
        gateway = FakeGateway()
        ports = replace(
            opened,
            workflows=workflows,
            gateways={gateway.provider: gateway},
            reports={gateway.provider: gateway},
            carrier=FakeCarrier(),
            probes={"database": lambda: asyncio.sleep(0)},
        )
        app = create_app(settings, ports)
        app.state.services = services = build_services(settings, ports, StreamLimits(seconds=0.02))
        tables = tuple(row[0] for row in await look.pool.fetch(_TABLES, list(_REMEMBERED)))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", timeout=30) as http:
            goods = await http.put("/v1/catalogue/items", json={"items": _GOODS})
            fees = await http.put("/v1/fee-rules/CNY", json={"services": [_INSURANCE]})
            assert (goods.status_code, fees.status_code) == (204, 204), goods.text + fees.text
            yield Stage(http, ports, workflows, look.pool, tables)
        services.painter.close()
        await services.background.drain(5)


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def _ids_in(order: Order, path: str) -> dict[str, str]:
    ids = {"order_id": order.id}
    if order.shipments:
        ids["shipment_id"] = order.shipments[0].id
    if order.returns:
        ids["return_id"] = order.returns[0].id
    return {name: value for name, value in ids.items() if f"{{{name}}}" in path}
