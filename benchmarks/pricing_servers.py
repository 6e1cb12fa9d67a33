"""Prices on real servers: what a check of a snapshot costs, and a quote over HTTP at the API process.

Both use the cart of ten lines and five promotions, kept in Postgres; nothing else runs on these servers.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from activities.price_desk import Ask
from adapters.settings import Settings
from adapters.wiring import Adapters, open_adapters
from benchmarks.pricing_carts import ten_lines
from benchmarks.pricing_speed import spread
from benchmarks.random_carts import Cart
from benchmarks.systems import client_for
from domain.catalogue.items import CatalogueItem
from domain.money import Money
from domain.ports.catalogue import Author
from ops.stack import Stack
from workflows.workers import price_desk

CLIENTS = (1, 32)
_A_ROUND = 0.5
_DAY = timedelta(days=1)
_AUTHOR = Author("benchmark")
_BARE = "bare GET from Valkey"
Times = dict[tuple[str, int], list[list[float]]]


async def measure(parts: set[str], rounds: int, say: Console) -> None:
    """Start everything, and print what is wanted of `check` and `http`."""
    async with AsyncExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="orderkeep-bench-")))
        stack = await held.enter_async_context(Stack(folder, environment=dict(os.environ), say=say.print))
        settings = Settings(
            database_url=stack.addresses.database_url,
            redis_url=stack.addresses.redis_url,
            temporal_address=stack.addresses.temporal_address,
        )
        adapters = await held.enter_async_context(open_adapters(settings, application="orderkeep-benchmark"))
        cart = await _kept(adapters, ten_lines(), datetime.now(UTC))
        if "check" in parts:
            await _check(adapters, cart, rounds, say)
        if "http" in parts:
            api = await held.enter_async_context(client_for(stack.api_url))
            await _http(api, cart, rounds, say)


async def _kept(adapters: Adapters, cart: Cart, now: datetime) -> Cart:
    """The same cart, put into the price book with times around now."""
    page, into = cart.page, adapters.catalogue
    await into.put_items(
        [
            CatalogueItem(item.sku, item.merchant_id, item.title, item.category, (item.price,), 10**8)
            for item in page.items.values()
        ],
        _AUTHOR,
    )
    for merchant, fee in page.fees.delivery.items():
        await into.put_delivery_fee(merchant, fee, _AUTHOR)
    await into.put_fee_rules(page.currency, page.fees, _AUTHOR)
    for promotion in page.promotions:
        running = replace(promotion, starts_at=now - _DAY, ends_at=now + _DAY)
        quotas = dict.fromkeys(promotion.skus or (), 10**8) if promotion.has_quota else {}
        await into.put_promotion(running, quotas, _AUTHOR)
    if page.voucher:
        running_voucher = replace(page.voucher, starts_at=now - _DAY, ends_at=now + _DAY)
        await into.put_voucher(running_voucher, 10**6, _AUTHOR)
    buyer = cart.request.buyer
    if buyer:
        await into.put_buyer(replace(buyer, registered_at=now - _DAY))
        await into.put_points(buyer.id, 10**6)
    return replace(cart, now=now)


async def _check(adapters: Adapters, cart: Cart, rounds: int, say: Console) -> None:
    """A bare GET, reading the snapshot, and the whole check, in turn."""
    request = cart.request
    buyer_id = request.buyer.id if request.buyer else "nobody"
    desk = price_desk(adapters)
    ask = Ask(request.scene, request.currency, request.lines, buyer_id, request.wishes)
    snapshot = await desk.quote(ask, cart.now)
    tolerance, redis = Money(100, request.currency), adapters.redis
    if redis is None:
        raise RuntimeError("the servers came without Valkey")
    key = f"snapshot:{snapshot.id}"

    async def bare() -> object:
        return await redis.get(key)

    async def read() -> object:
        return await adapters.snapshots.get(snapshot.id)

    async def check() -> object:
        kept = await adapters.snapshots.get(snapshot.id)
        return kept and await desk.check("ord_bench", kept, buyer_id, tolerance, cart.now)

    ways: dict[str, Callable[[], Awaitable[object]]] = {
        _BARE: bare,
        "snapshot read and decoded": read,
        "read, and compared with today": check,
    }
    for work in ways.values():
        await _microseconds(work)  # warm; not counted
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        for name in list(ways) if number % 2 == 0 else list(ways)[::-1]:
            found[name].append(await _microseconds(ways[name]))
    size = len(await redis.get(key) or b"")
    table = Table(f"one snapshot of {size:,} bytes", "µs", "against a bare GET")
    for name, times in found.items():
        ratios = [one / other for one, other in zip(times, found[_BARE], strict=True)]
        table.add_row(name, spread(times), spread(ratios))
    say.print(table)


async def _microseconds(work: Callable[[], Awaitable[object]]) -> float:
    calls, begun = 0, time.perf_counter()
    while (took := time.perf_counter() - begun) < _A_ROUND:
        if await work() is None:
            raise RuntimeError("the snapshot is not there")
        calls += 1
    return 1e6 * took / calls


async def _http(api: httpx.AsyncClient, cart: Cart, rounds: int, say: Console) -> None:
    """A quote, and a GET of one that is there, by one client and by many at once."""
    body = _quote_body(cart)
    there = (await _sent(api.post("/v1/quotes", json=body))).json()["links"]["self"]
    ways: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
        "bare GET of a quote": lambda: api.get(there),
        "POST /v1/quotes": lambda: api.post("/v1/quotes", json=body),
    }
    for way in ways.values():
        await _by_many(way, 4, 10)  # warm; not counted
    found: Times = defaultdict(list)
    for number in range(rounds):
        for clients in CLIENTS:
            for name in list(ways) if number % 2 == 0 else list(ways)[::-1]:
                each = 200 if clients == 1 else 20
                found[name, clients].append(await _by_many(ways[name], clients, each))
    table = Table("ten lines", "clients", "p50 ms", "p99 ms", "p50 against GET", "p99 against GET")
    bare = next(iter(ways))
    for (name, clients), times in sorted(found.items(), key=lambda one: one[0][1]):
        halves, tails = [_p(each, 50) for each in times], [_p(each, 99) for each in times]
        cells = [spread(halves), spread(tails)]
        for mine, percent in ((halves, 50), (tails, 99)):
            theirs = [_p(each, percent) for each in found[bare, clients]]
            cells.append(spread([one / other for one, other in zip(mine, theirs, strict=True)]))
        table.add_row(name, str(clients), *cells)
    say.print(table)


def _quote_body(cart: Cart) -> dict[str, object]:
    request, wishes = cart.request, cart.request.wishes
    return {
        "scene": request.scene.value,
        "currency": request.currency,
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in request.lines],
        "buyer_id": request.buyer.id if request.buyer else None,
        "region": wishes.region,
        "payment_method": wishes.payment_method,
        "voucher_code": wishes.voucher_code,
        "points": wishes.points,
        "services": list(wishes.services),
    }


async def _by_many(way: Callable[[], Awaitable[httpx.Response]], clients: int, each: int) -> list[float]:
    """Milliseconds of every answer, with that many clients in closed loops."""
    times: list[float] = []

    async def one() -> None:
        for _ in range(each):
            begun = time.perf_counter()
            await _sent(way())
            times.append(1000 * (time.perf_counter() - begun))

    await asyncio.gather(*(one() for _ in range(clients)))
    return times


async def _sent(answer: Awaitable[httpx.Response]) -> httpx.Response:
    return (await answer).raise_for_status()


def _p(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]
