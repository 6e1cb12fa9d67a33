"""A flash sale: five hundred buyers at once over HTTP for a hundred units, with workers killed in between."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.stock_audit import contradictions
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.catalogue import Author
from domain.ports.stock import AllowanceLevel, StockLevel
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.stock.allowance import Allowance
from ops.stack import Stack

BUYERS, UNITS, CARTS = 500, 100, 20
DAILY, FLASH = 19_900, 9_900
SKU, PROMOTION, MERCHANT = "hot-kettle", "pro_hot", "m-hot"
PATIENCE = 280.0
# Longer than the test: whoever holds a unit has all the time to pay, so that every unit must be sold.
WINDOWS = {"ORDERKEEP_PAYMENT_WINDOW_SECONDS": "900", "ORDERKEEP_CONFIRMATION_WINDOW_SECONDS": "900"}
ADDRESS = {"street": "1 Lake Road", "city": "Hangzhou", "zip_code": "310000", "country": "CN"}
# How many units are taken, or sold, when a worker dies.
_TAKEN = "SELECT count(*) FROM holds WHERE kind = 'order' AND status IN ('active', 'confirmed')"
_HOLDS = "SELECT kind || ' ' || status AS fate, count(*) AS holds FROM holds GROUP BY 1"
_SOLD = "SELECT coalesce(sum(sold), 0) FROM stock_items"
DEATHS = ((_TAKEN, 15), (_TAKEN, 60), (_SOLD, 40))

pytestmark = pytest.mark.timeout(420)


@dataclass
class Sale:
    """The running product, its database, and clients for all buyers."""

    stack: Stack
    pool: asyncpg.Pool
    api: httpx.AsyncClient
    provider: httpx.AsyncClient

    async def post(self, path: str, body: Any, key: str) -> httpx.Response:
        """As patient callers do: what is refused for now or breaks off is sent again, with the same key."""
        while True:
            try:
                answer = await self.api.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                await asyncio.sleep(1)
                continue
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))

    async def look(self, order_id: str, done: Callable[[Any], bool]) -> Any:
        """The order, when it is as wanted."""
        while True:
            try:
                answer = await self.api.get(f"/v1/orders/{order_id}", params={"wait": "5s"})
                if answer.status_code == 200 and done(answer.json()):
                    return answer.json()
            except httpx.TransportError:
                pass
            await asyncio.sleep(random.uniform(0.5, 1.5))


@pytest.fixture
async def sale() -> AsyncIterator[Sale]:
    neutral = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    async with AsyncExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="orderkeep-test-sale-"))
        stack = await running.enter_async_context(Stack(Path(folder), environment={**neutral, **WINDOWS}))
        pool = await open_pool(stack.addresses.database_url, application="sale")
        running.push_async_callback(pool.close)
        everybody = httpx.Limits(max_connections=BUYERS, max_keepalive_connections=BUYERS)
        clients = [
            await running.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60, limits=everybody))
            for url in (stack.api_url, stack.provider_url)
        ]
        yield Sale(stack, pool, *clients)


async def announced(sale: Sale) -> None:
    """A hundred units, all of them at the flash price, one for each buyer."""
    price = BasePrice(Money(DAILY, "CNY"), Money(DAILY, "CNY"))
    item = CatalogueItem(SKU, MERCHANT, "Kettle", Category.PHYSICAL, (price,), UNITS)
    now = datetime.now(UTC)
    promotion = Promotion(
        id=PROMOTION,
        name="Flash sale",
        kind="flash_sale",
        rule=rule_of("flash_sale", {"prices": {SKU: FLASH}}),
        currency="CNY",
        starts_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(hours=1),
        funder=Funder.MERCHANT,
        merchant_id=MERCHANT,
        skus=frozenset({SKU}),
        has_quota=True,
        per_buyer_limit=1,
    )
    catalogue = PostgresCatalogue(sale.pool)
    await catalogue.put_items([item])
    await catalogue.put_promotion(promotion, {SKU: UNITS}, Author("test"))


@dataclass
class Buyer:
    """One of the crowd: asks for the price, orders, answers what is asked, pays; or gets a clear refusal."""

    sale: Sale
    number: int
    quote: Any = None

    @property
    def name(self) -> str:
        return f"buyer-{self.number:03}"

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [{"sku": SKU, "quantity": 1}]

    async def shown_the_price(self) -> None:
        """The first few put the unit into their carts before they ask for the price."""
        wish: dict[str, Any] = {"buyer_id": self.name, "lines": self.lines}
        if self.number < CARTS:
            cart = {**wish, "lines": [{**self.lines[0], "promotion_id": PROMOTION}]}
            held = await self.sale.post("/v1/holds", cart, uuid4().hex)
            assert held.status_code == 201, held.text
            wish["hold_ids"] = [held.json()["id"]]
        body = {"scene": "checkout", "currency": "CNY", **wish}
        answer = await self.sale.post("/v1/quotes", body, uuid4().hex)
        assert answer.status_code == 201, answer.text
        self.quote = answer.json()
        assert self.quote["total"]["amount"] == FLASH

    async def orders(self) -> str:
        """What came of it: `paid`, or why not."""
        body = {
            "buyer_id": self.name,
            "snapshot_id": self.quote["id"],
            "lines": self.lines,
            "address": ADDRESS,
        }
        key = uuid4().hex
        answer = await self.sale.post("/v1/orders", body, key)
        while answer.status_code == 202:
            await self.sale.look(answer.json()["order_id"], lambda view: view["status"] != "accepted")
            answer = await self.sale.post("/v1/orders", body, key)
        return await self.answered(answer)

    async def answered(self, answer: httpx.Response) -> str:
        said = answer.json()
        match answer.status_code:
            case 201:
                return await self.pays(said["order"]["id"])
            case 200:
                return await self.asked(said["order"]["id"], said["messages"][0])
            case 409:
                return str(said["code"])
            case _:
                return f"{answer.status_code} {answer.text}"

    async def asked(self, order_id: str, message: Any) -> str:
        """The flash price is gone: every other buyer would take the daily price, the others do not."""
        assert message["code"] == "price_changed", message
        path = f"/v1/orders/{order_id}"
        if self.number % 2:
            answer = await self.sale.post(f"{path}/price-decline", {}, uuid4().hex)
            return "declined" if answer.status_code == 200 else f"{answer.status_code} {answer.text}"
        agreed = {"snapshot_id": message["snapshot_id"]}
        answer = await self.sale.post(f"{path}/price-confirmation", agreed, uuid4().hex)
        return await self.pays(order_id) if answer.status_code == 200 else await self.answered(answer)

    async def pays(self, order_id: str) -> str:
        view = await self.sale.look(order_id, lambda view: view["status"] != "created" or view["pay_url"])
        if view["status"] == "created":
            paid = await self.sale.provider.post(view["pay_url"], json={"action": "pay"})
            assert paid.status_code == 200, paid.text
        view = await self.sale.look(order_id, lambda view: view["status"] != "created")
        return "paid" if view["status"] == "paid" else f"{view['status']}: {view['cancel_reason']}"


async def workers_die(sale: Sale) -> None:
    """SIGKILL in the middle of taking, and in the middle of selling; another one starts each time."""
    for question, enough in DEATHS:
        while await sale.pool.fetchval(question) < enough:  # noqa: ASYNC110 - the condition lives in the server
            await asyncio.sleep(0.05)
        await sale.stack.kill("worker")
        await sale.stack.start("worker")


async def all_of(calls: list[Callable[[], Awaitable[Any]]], at_once: int) -> list[Any]:
    doors = asyncio.Semaphore(at_once)

    async def one(call: Callable[[], Awaitable[Any]]) -> Any:
        async with doors:
            return await call()

    return list(await asyncio.gather(*map(one, calls)))


async def test_five_hundred_buyers_at_once_get_exactly_the_hundred_units_there_are(sale: Sale) -> None:
    await announced(sale)
    crowd = [Buyer(sale, number) for number in range(BUYERS)]

    async with asyncio.timeout(PATIENCE):
        await all_of([buyer.shown_the_price for buyer in crowd], at_once=16)
        async with asyncio.TaskGroup() as together:
            together.create_task(workers_die(sale))
            ordering = together.create_task(all_of([buyer.orders for buyer in crowd], at_once=BUYERS))
        fates = ordering.result()

    refusals = {"declined", "out_of_stock", "promotion_sold_out"}
    counted = Counter(fates)
    assert counted["paid"] == UNITS, counted
    assert set(counted) <= {"paid", *refusals}, counted
    assert set(fates[:CARTS]) == {"paid"}, "a unit in a cart went to somebody else"
    assert await contradictions(sale.pool) == ()
    ended = {row["fate"]: row["holds"] for row in await sale.pool.fetch(_HOLDS)}
    assert ended == {"order confirmed": UNITS, "cart converted": CARTS}
    ledger = PostgresStockLedger(sale.pool)
    assert await ledger.level(SKU) == StockLevel(SKU, available=0, held=0, sold=UNITS)
    assert await ledger.allowance(Allowance.of_promotion(PROMOTION, SKU)) == AllowanceLevel(0, 0, UNITS)
    for buyer, fate in zip(crowd, fates, strict=True):
        limit = await ledger.allowance(Allowance.of_promotion_for(PROMOTION, SKU, buyer.name))
        assert limit == (AllowanceLevel(0, 0, 1) if fate == "paid" else None), buyer.name
