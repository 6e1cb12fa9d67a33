"""The composition: settings in, a plain object of ports out. The one place that knows every adapter.

Use it as `async with open_adapters(settings, application="orderkeep-api") as adapters: …`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import asyncpg
from temporalio.client import Client

from adapters.clock import RandomIds, SystemClock
from adapters.memory.order_cache import MemoryOrderCache
from adapters.payments.sandbox import SandboxGateway
from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.intake import PostgresOrderIntake
from adapters.postgres.notices import PostgresNotices
from adapters.postgres.payments import PostgresCallbackInbox, PostgresPaymentAttempts
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.price_checks import PostgresPriceChecks
from adapters.postgres.projections.projector import Projector
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.postgres.promotions import PostgresPromotions
from adapters.postgres.proposals import PostgresProposals
from adapters.postgres.requests import PostgresRequestLog
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.wallets import PostgresWallets
from adapters.redis.client import open_client
from adapters.redis.order_cache import RedisOrderCache
from adapters.redis.shown_prices import BookVersion, ShownPriceBook, ShownPromotions
from adapters.redis.snapshots import RedisPriceSnapshots
from adapters.settings import Settings
from adapters.temporal.connection import lazy_client
from domain.ports.catalogue import Catalogue
from domain.ports.clock import Clock, Ids
from domain.ports.events import EventFeed, EventStore
from domain.ports.intake import OrderIntake, RequestLog
from domain.ports.notices import Notices
from domain.ports.payments import CallbackInbox, PaymentAttempts, PaymentGateway
from domain.ports.price_checks import PriceChecks
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.projections import OrderCache, OrderViews
from domain.ports.proposals import Proposals
from domain.ports.stock import StockLedger

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from adapters.postgres.pool import Pool

# By these our ports say that a server is away or overloaded; anything else that they raise is a bug.
OUTAGES: Final[tuple[type[Exception], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
)


@dataclass(frozen=True, slots=True)
class Adapters:
    """Every port by its role, opened. Closed by `open_adapters` when its block ends.

    `temporal` connects when it is first used; Temporal, Valkey and the payment provider may be away at the
    start, Postgres may not. `shown_prices` and `shown_promotions` are for pages, which may be a second old;
    without Valkey they are `prices` and `promotions` themselves. `pool` is for whoever runs projections;
    `redis`, None without a configured one, for whoever asks after its health. `outages` are the exceptions
    by which these ports say that a server is away.
    """

    clock: Clock
    ids: Ids
    events: EventStore
    feed: EventFeed
    intake: OrderIntake
    requests: RequestLog
    catalogue: Catalogue
    prices: PriceBook
    promotions: Promotions
    shown_prices: PriceBook
    shown_promotions: Promotions
    wallets: Wallets
    snapshots: PriceSnapshots
    checks: PriceChecks
    stock: StockLedger
    attempts: PaymentAttempts
    inbox: CallbackInbox
    payments: PaymentGateway
    notices: Notices
    views: OrderViews
    cache: OrderCache
    proposals: Proposals
    temporal: Client
    pool: Pool
    redis: Redis | None = None
    outages: tuple[type[Exception], ...] = OUTAGES


@asynccontextmanager
async def open_adapters(settings: Settings, *, application: str = "orderkeep") -> AsyncIterator[Adapters]:
    """Open everything that `settings` name; `application` is what the database shows for our connections.

    Raises `OSError` or `asyncpg.PostgresError` when Postgres cannot be reached.
    """
    pool = await open_pool(settings.database_url, application=application, largest=settings.database_pool)
    gateway = _gateway(settings)
    redis = open_client(settings.redis_url) if settings.redis_url else None
    cache = RedisOrderCache(redis) if redis else MemoryOrderCache()
    durable = PostgresPriceSnapshots(pool)
    snapshots = RedisPriceSnapshots(redis, durable) if redis else durable
    try:
        adapters = _adapters(pool, gateway, cache, snapshots, await lazy_client(settings))
        yield _with_caches(adapters, redis, settings) if redis else adapters
    finally:
        if redis:
            await redis.aclose()
        await gateway.aclose()
        await pool.close()


def build_projector(adapters: Adapters) -> Projector:
    """What keeps `views` and `cache` up to date; any number of processes may run one."""
    return Projector(adapters.pool, adapters.cache, adapters.notices)


def _adapters(
    pool: Pool, gateway: PaymentGateway, cache: OrderCache, snapshots: PriceSnapshots, temporal: Client
) -> Adapters:
    prices, promotions = PostgresPriceBook(pool), PostgresPromotions(pool)
    return Adapters(
        clock=SystemClock(),
        ids=RandomIds(),
        events=PostgresEventStore(pool),
        feed=PostgresEventFeed(pool),
        intake=PostgresOrderIntake(pool),
        requests=PostgresRequestLog(pool),
        catalogue=PostgresCatalogue(pool),
        prices=prices,
        promotions=promotions,
        shown_prices=prices,
        shown_promotions=promotions,
        wallets=PostgresWallets(pool),
        snapshots=snapshots,
        checks=PostgresPriceChecks(pool),
        stock=PostgresStockLedger(pool),
        attempts=PostgresPaymentAttempts(pool),
        inbox=PostgresCallbackInbox(pool),
        payments=gateway,
        notices=PostgresNotices(pool),
        views=PostgresOrderViews(pool),
        cache=cache,
        proposals=PostgresProposals(pool),
        temporal=temporal,
        pool=pool,
    )


def _with_caches(adapters: Adapters, redis: Redis, settings: Settings) -> Adapters:
    # Two shops may share one Valkey: entries carry the name of the database that they were read from.
    where = urlsplit(settings.database_url)
    name = sha256(f"{where.hostname}:{where.port}{where.path}?{where.query}".encode()).hexdigest()[:12]
    version = BookVersion(adapters.prices)
    return replace(
        adapters,
        redis=redis,
        shown_prices=ShownPriceBook(redis, adapters.prices, version, name),
        shown_promotions=ShownPromotions(redis, adapters.promotions, version, name),
    )


def _gateway(settings: Settings) -> SandboxGateway:
    secrets = [settings.provider_secret]
    if settings.provider_previous_secret:
        secrets.append(settings.provider_previous_secret)
    return SandboxGateway(
        settings.provider_url,
        f"{settings.public_url.rstrip('/')}/v1/payment-callbacks/sandbox",
        [secret.get_secret_value() for secret in secrets],
    )
