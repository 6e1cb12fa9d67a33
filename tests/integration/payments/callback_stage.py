"""What the callbacks over HTTP need: an API whose next order id is known, and a provider that obeys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from adapters.clock import RandomIds
from adapters.settings import Settings
from adapters.temporal.connection import connected_client
from adapters.wiring import open_adapters
from api.app import create_app, open_ports
from api.dependencies import ApiPorts
from domain.payment.facts import FactKind, PaymentFact
from ops.relay import Relay
from tests.support.api_world import ADDRESS
from tests.support.callback_world import Ending
from tests.support.fake_carrier import FakeCarrier
from tests.support.fake_gateway import FakeGateway
from workflows.client import OrderAlreadyEndedError, OrderWorkflows, WorkflowUnavailableError
from workflows.names import late_payment_workflow_id, order_workflow_id
from workflows.workers import Queues, build_workers

PRICE = 1_000
_PATIENCE = 60.0
_SKU = "callback-cup"
_HOUR = timedelta(hours=1)
_SHORT = 1.0
_LOOK = 0.05
_GRACE = 5.0
View = dict[str, Any]


@dataclass
class PlannedIds(RandomIds):
    """Random ids, but for the next order, whose id a test may choose."""

    next_order: str = ""

    def new(self, prefix: str) -> str:
        """The planned id once, then random ones again."""
        if prefix == "ord" and self.next_order:
            planned, self.next_order = self.next_order, ""
            return planned
        return super().new(prefix)


class LaterClock:
    """A relay that looks with it finds everything due."""

    def now(self) -> datetime:
        """In an hour."""
        return datetime.now(UTC) + _HOUR


@dataclass
class Stage:
    """Two APIs over the same servers: one with time to pay, one without; and what is behind them."""

    http: httpx.AsyncClient
    hurried: httpx.AsyncClient
    ports: ApiPorts
    temporal: Client
    gateway: FakeGateway
    relay: Relay
    ids: PlannedIds
    planning: asyncio.Lock = field(default_factory=asyncio.Lock)
    relaying: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def place(self, http: httpx.AsyncClient | None = None, order_id: str = "") -> View:
        """A new order of 10.00 that waits for its money."""
        caller = http or self.http
        lines = [{"sku": _SKU, "quantity": 1}]
        wish = {"scene": "checkout", "currency": "CNY", "buyer_id": "buyer-1", "lines": lines}
        quote = await self.post("/v1/quotes", wish)
        body = {"buyer_id": "buyer-1", "snapshot_id": quote["id"], "lines": lines, "address": ADDRESS}
        if not order_id:
            placed: View = (await self.post("/v1/orders", body, caller))["order"]
            return placed
        async with self.planning:
            self.ids.next_order = order_id
            planned: View = (await self.post("/v1/orders", body, caller))["order"]
        assert planned["id"] == order_id
        return planned

    async def post(self, path: str, body: View, http: httpx.AsyncClient | None = None) -> View:
        """A call that must work."""
        answer = await (http or self.http).post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert answer.is_success, answer.text
        view: View = answer.json()
        return view

    async def tell(self, fact: PaymentFact, times: int) -> None:
        """The provider knows it, and calls back that often; returns when the order has heard it."""
        said = self._known(fact)
        headers, body = self.gateway.signed(said)
        for _ in range(times):
            answer = await self.http.post("/v1/payment-callbacks/sandbox", content=body, headers=headers)
            assert answer.status_code == 204, answer.text

    async def deliver(self, facts: Sequence[PaymentFact]) -> None:
        """Let the relay tell the order what came before it was there; the provider knows it as well."""
        for fact in facts:
            self._known(fact)
        async with self.relaying:
            while await self.relay.deliver_callbacks():
                pass

    async def rests(self, order_id: str, key: str) -> None:
        """Return when everything that was told of this payment has had its effect."""
        began = asyncio.get_running_loop().time()
        while not await self._has_come_to_rest(order_id, key):
            waited = asyncio.get_running_loop().time() - began
            assert waited < _PATIENCE, f"{key} does not come to rest"
            if waited > _GRACE:
                await self._drive(order_id, key)
            await asyncio.sleep(_LOOK)

    async def ending(self, order_id: str, key: str) -> Ending:
        """What has come of it, by the API and by the provider's books."""
        view = (await self.http.get(f"/v1/orders/{order_id}")).json()
        sent = sum(request.amount.amount for request in self.gateway.payments[key].refunds.values())
        money = view["captured"]["amount"], view["refunded"]["amount"], sent
        return Ending(view["status"], view["payment_status"], *money)

    async def last_ending(self, order_id: str, key: str, right: Sequence[Ending]) -> Ending:
        """What it comes to in the end. Work that a callback has caused may go on after it was heard."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE / 2
        while asyncio.get_running_loop().time() < deadline:
            if await self.ending(order_id, key) in right:
                break
            await asyncio.sleep(_LOOK)
        await self.rests(order_id, key)
        return await self.ending(order_id, key)

    async def becomes(self, order_id: str, **wanted: str) -> None:
        """Return when the order is so."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                view = (await self.http.get(f"/v1/orders/{order_id}")).json()
                if all(view[name] == value for name, value in wanted.items()):
                    return
                await asyncio.sleep(0.05)

    def _known(self, fact: PaymentFact) -> PaymentFact:
        payment = self.gateway.payments.get(fact.payment_key)
        if payment is None:
            return fact
        done = next((known for known in payment.facts if known.kind is FactKind.REFUNDED), None)
        if fact.kind is FactKind.REFUNDED and done is not None:
            return done  # our own refund is what it tells of: there is no more money to give back
        if fact.event_id not in {known.event_id for known in payment.facts}:
            payment.facts.append(fact)
        return fact

    async def _drive(self, order_id: str, key: str) -> None:
        # What the API was too busy to deliver is the relay's; other stories' callbacks are none of ours.
        for entry in await self.ports.inbox.waiting(before=datetime.now(UTC) + 2 * _HOUR, limit=5_000):
            if entry.fact.payment_key == key:
                await self.ports.workflows.report_payment(order_id, entry.fact)
                await self.ports.inbox.delivered(entry.fact.provider, entry.fact.event_id, datetime.now(UTC))

    async def _has_come_to_rest(self, order_id: str, key: str) -> bool:
        if await self._is_waiting(key) or await self._is_running(late_payment_workflow_id(key)):
            return False
        if not await self._is_running(order_workflow_id(order_id)):
            return True
        try:
            await self.ports.workflows.look(order_id)  # answered after all that came before it
        except (WorkflowUnavailableError, OrderAlreadyEndedError):
            return False
        return True

    async def _is_waiting(self, key: str) -> bool:
        waiting = await self.ports.inbox.waiting(before=datetime.now(UTC) + 2 * _HOUR, limit=5_000)
        return any(entry.fact.payment_key == key for entry in waiting)

    async def _is_running(self, workflow_id: str) -> bool:
        try:
            described = await self.temporal.get_workflow_handle(workflow_id).describe()
        except RPCError:
            return False
        return described.status is WorkflowExecutionStatus.RUNNING


@asynccontextmanager
async def stage(values: View) -> AsyncIterator[Stage]:
    """Workers, two APIs and a relay that is asked by hand, over the session's servers."""
    settings = Settings(_env_file=None, **values)
    hurried = settings.model_copy(update={"payment_window_seconds": _SHORT})
    gateway, ids = FakeGateway(), PlannedIds()
    gateways = {gateway.provider: gateway}
    async with AsyncExitStack() as stack:
        adapters = await stack.enter_async_context(open_adapters(settings, application="test-worker"))
        adapters = replace(adapters, gateways=gateways, carrier=FakeCarrier())
        client = await connected_client(settings)
        queues = Queues(settings.order_task_queue, settings.payment_task_queue)
        for worker in build_workers(client, adapters, queues):
            await stack.enter_async_context(worker)
        opened = await stack.enter_async_context(open_ports(settings))
        ports = replace(opened, gateways=gateways, ids=ids)
        callers = [await _caller(stack, each, ports) for each in (settings, hurried)]
        relay = Relay(replace(adapters, clock=LaterClock()), OrderWorkflows(client, settings), settings)
        made = Stage(callers[0], callers[1], ports, client, gateway, relay, ids)
        await _sell(made.http)
        yield made


async def _caller(stack: AsyncExitStack, settings: Settings, ports: ApiPorts) -> httpx.AsyncClient:
    app = create_app(settings, ports)
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app)
    return await stack.enter_async_context(
        httpx.AsyncClient(transport=transport, base_url="http://api.test", timeout=60)
    )


async def _sell(http: httpx.AsyncClient) -> None:
    money = {"amount": PRICE, "currency": "CNY"}
    item = {
        "sku": _SKU,
        "merchant_id": "m-callbacks",
        "title": "Porcelain cup",
        "category": "physical",
        "prices": [{"market_price": money, "discount_price": money}],
        "stock": 10_000,
    }
    answer = await http.put("/v1/catalogue/items", json={"items": [item]})
    assert answer.status_code == 204, answer.text


def told_of(key: str, facts: Sequence[PaymentFact], refund_key: str) -> list[PaymentFact]:
    """The same statements about this attempt."""
    return [
        replace(
            fact,
            payment_key=key,
            event_id=f"{key}-{fact.kind}",
            refund_key=None if fact.refund_key is None else refund_key,
        )
        for fact in facts
    ]
