"""A whole API over fakes: a shop with a few goods, a caller that speaks HTTP, a hand on everything behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.clock import RandomIds
from adapters.memory.aggregate_snapshots import MemoryAggregateSnapshots
from adapters.memory.audit import MemoryAuditTrail
from adapters.memory.entitlements import MemoryEntitlements
from adapters.memory.events import MemoryEventStore
from adapters.memory.intake import MemoryOrderIntake, MemoryRequestLog
from adapters.memory.notices import MemoryNotices
from adapters.memory.order_cache import MemoryOrderCache
from adapters.memory.order_notes import MemoryOrderNotes
from adapters.memory.payments import MemoryCallbackInbox, MemoryPaymentAttempts, MemoryPaymentReferences
from adapters.memory.price_checks import MemoryPriceChecks
from adapters.memory.prices import MemoryCatalogue
from adapters.memory.proposals import MemoryProposals
from adapters.memory.reconciliation import MemoryReconciliations
from adapters.memory.settlement import MemoryPaymentLedger, MemorySettlementBook
from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.memory.stock import MemoryStockLedger
from adapters.memory.warehouses import MemoryWarehouses
from adapters.settings import Settings
from api.app import build_services, create_app
from api.dependencies import ApiPorts, Services
from api.edge import Limits
from api.order.streams import StreamLimits
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.payment.facts import FactKind
from tests.support.builders import NOON, a_fact
from tests.support.fake_carrier import FakeCarrier
from tests.support.fake_gateway import FakeGateway
from tests.support.fake_order_views import FakeOrderViews
from tests.support.fake_read_models import FakeProjections, FakeReadModels
from tests.support.fake_workflows import FakeOrderWorkflows
from tests.support.personal import sealing

ADDRESS = {"street": "1 Mill Lane", "city": "Leeds", "zip_code": "LS1 4AP", "country": "GB"}
LINES = [{"sku": "mug", "quantity": 2}]


class MovingClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def passes(self, time: timedelta) -> None:
        self.at += time


class ApiWorld:
    """The API, its caller and the fakes behind it. Made by `api_world`."""

    def __init__(self, **settings: Any) -> None:
        self.clock = MovingClock()
        self.events = MemoryEventStore(self.clock.now)
        self.intake = MemoryOrderIntake()
        self.requests = MemoryRequestLog()
        self.notices = MemoryNotices()
        self.notes = MemoryOrderNotes()
        self.entitlements = MemoryEntitlements(RandomIds())
        self.aggregate_snapshots = MemoryAggregateSnapshots()
        self.personal = sealing()
        self.carrier = FakeCarrier(self.clock.now)
        self.streams = StreamLimits(seconds=2, heartbeat_seconds=1)
        self.gateway = FakeGateway(self.clock.now)
        self.attempts = MemoryPaymentAttempts()
        self.references = MemoryPaymentReferences()
        self.settlements = MemorySettlementBook()
        self.reconciliations = MemoryReconciliations()
        self.inbox = MemoryCallbackInbox(self.attempts)
        self.stock = MemoryStockLedger()
        self.warehouses = MemoryWarehouses(self.stock)
        self.catalogue = MemoryCatalogue(self.stock, self.clock.now)
        self.snapshots = MemoryPriceSnapshots()
        self.checks = MemoryPriceChecks()
        self.cache = MemoryOrderCache()
        self.proposals = MemoryProposals(self.events)
        self.workflows = FakeOrderWorkflows(self.events, self.snapshots, self.clock.now)
        self.views = FakeOrderViews(self.workflows)
        self.read_models = FakeReadModels()
        self.projections = FakeProjections()
        self.probes: dict[str, Callable[[], Any]] = {"database": _answers}
        self.settings = Settings(_env_file=None, **{"first_answer_seconds": 0.5, **settings})
        self.limits = Limits()
        self.http: httpx.AsyncClient
        self.services: Services
        self._keys = count(1)

    def ports(self) -> ApiPorts:
        return ApiPorts(
            clock=self.clock,
            ids=RandomIds(),
            events=self.events,
            intake=self.intake,
            requests=self.requests,
            notices=self.notices,
            notes=self.notes,
            entitlements=self.entitlements,
            aggregate_snapshots=self.aggregate_snapshots,
            audit=MemoryAuditTrail(self.events),
            personal=self.personal,
            carrier=self.carrier,
            gateways={self.gateway.provider: self.gateway},
            reports={self.gateway.provider: self.gateway},
            feed=self.events,
            settlements=self.settlements,
            statements=self.settlements,
            ledger=MemoryPaymentLedger(self.settlements, self.attempts),
            reconciliations=self.reconciliations,
            references=self.references,
            attempts=self.attempts,
            inbox=self.inbox,
            catalogue=self.catalogue,
            price_book=self.catalogue,
            promotions=self.catalogue,
            wallets=self.catalogue,
            snapshots=self.snapshots,
            price_checks=self.checks,
            stock=self.stock,
            warehouses=self.warehouses,
            proposals=self.proposals,
            views=self.views,
            read_models=self.read_models,
            projections=self.projections,
            cache=self.cache,
            workflows=self.workflows,
            probes=self.probes,
        )

    # What a caller does.

    async def quote(self, **changes: Any) -> dict[str, Any]:
        body = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": LINES, **changes}
        answer = await self.http.post("/v1/quotes", json=body)
        assert answer.status_code == 201, answer.text
        quote: dict[str, Any] = answer.json()
        return quote

    async def order_body(self, **changes: Any) -> dict[str, Any]:
        """A request that would be accepted, with changes."""
        snapshot = changes.pop("snapshot_id", None) or (await self.quote())["id"]
        return {
            "buyer_id": "buyer-1",
            "snapshot_id": snapshot,
            "lines": LINES,
            "address": ADDRESS,
            **changes,
        }

    async def post(self, path: str, body: Any = None, key: str = "", **headers: str) -> httpx.Response:
        """POST with a new idempotency key, unless one is given."""
        named = {"Idempotency-Key": key or f"key-{next(self._keys)}", **headers}
        return await self.http.post(path, json={} if body is None else body, headers=named)

    async def place(self, key: str = "", **changes: Any) -> httpx.Response:
        """Order two mugs, or what `changes` say."""
        return await self.post("/v1/orders", await self.order_body(**changes), key)

    async def placed(self, **changes: Any) -> str:
        """The id of a new order that waits for payment."""
        answer = await self.place(**changes)
        assert answer.status_code == 201, answer.text
        order_id: str = answer.json()["order"]["id"]
        await self.attempts.remember(f"pay_{order_id}_1", order_id, "sandbox", cny(3_200))
        return order_id

    async def paid(self) -> str:
        """The id of a paid order."""
        order_id = await self.placed()
        await self.pays(order_id)
        return order_id

    async def ships(self, order_id: str) -> None:
        """All goods are handed over."""
        await self.workflows.ship(order_id)

    async def pays(self, order_id: str) -> None:
        """The provider reports the whole sum as captured."""
        await self.reports(order_id, "captured")

    async def reports(self, order_id: str, kind: str) -> None:
        """The provider reports something about the newest attempt."""
        order = await self.workflows.order(order_id)
        await self.workflows.report_payment(
            order_id, a_fact(order.attempts[-1], FactKind(kind), order.total, at=self.clock.now())
        )

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def until(self, condition: Callable[[], Any], seconds: float = 5) -> None:
        """Wait until something that goes on in the background has happened."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - any condition, not one that announces itself
                await asyncio.sleep(0.001)


@asynccontextmanager
async def api_world(world: ApiWorld | None = None) -> AsyncIterator[ApiWorld]:
    """A world whose API runs. Goods: a mug and a (virtual) card at 10.00 CNY; carrying costs 12.00."""
    world = world or ApiWorld()
    services = build_services(world.settings, world.ports(), world.streams)
    app = _app(world.settings.api_keys, world.limits)
    app.state.services = world.services = services
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as world.http:
        await _stocked(world)
        yield world
    await services.background.drain(1)


@cache
def _app(keys: tuple[SecretStr, ...], limits: Limits) -> FastAPI:
    """Routes are built once for all worlds: a world is only its services."""
    return create_app(Settings(_env_file=None, api_keys=keys), ApiWorld().ports(), limits)


def cny(amount: int) -> Money:
    return Money(amount, "CNY")


def an_item(sku: str = "mug", **changes: Any) -> dict[str, Any]:
    """A request's item; 10.00 CNY unless changed."""
    price = {
        "market_price": {"amount": 1_200, "currency": "CNY"},
        "discount_price": {"amount": 1_000, "currency": "CNY"},
    }
    item = {"sku": sku, "merchant_id": "shop-7", "title": "A mug", "category": "physical", "prices": [price]}
    return {**item, "stock": 10, **changes}


async def _stocked(world: ApiWorld) -> None:
    price = BasePrice(cny(1_200), cny(1_000))
    mug = CatalogueItem("mug", "shop-7", "Mug", Category.PHYSICAL, (price,), 100)
    card = replace(mug, sku="card", title="Card", category=Category.VIRTUAL)
    await world.catalogue.put_items([mug, card])
    await world.catalogue.put_delivery_fee("shop-7", cny(1_200))


async def _answers() -> None:
    return None
