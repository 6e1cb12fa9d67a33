"""The composition: settings in, a plain object of ports out. The one place that knows every adapter.

Use it as `async with open_adapters(settings, application="orderkeep-api") as adapters: …`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import asyncpg
from temporalio.client import Client

from adapters.carriers.connecting import open_carrier
from adapters.clock import RandomIds, SystemClock
from adapters.memory.order_cache import MemoryOrderCache
from adapters.payments.providers import ConnectedProvider, open_providers
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.audit import PostgresAuditTrail
from adapters.postgres.buyer_keys import PostgresBuyerKeys
from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.entitlements import PostgresEntitlements
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.grouping import GroupingEventStore
from adapters.postgres.intake import PostgresOrderIntake
from adapters.postgres.notices import PostgresNotices
from adapters.postgres.order_notes import PostgresOrderNotes
from adapters.postgres.payments import (
    PostgresCallbackInbox,
    PostgresPaymentAttempts,
    PostgresPaymentReferences,
)
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.price_checks import PostgresPriceChecks
from adapters.postgres.projections.health import PostgresProjections
from adapters.postgres.projections.lists import PostgresReadModels
from adapters.postgres.projections.projector import Projector
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.postgres.promotions import PostgresPromotions
from adapters.postgres.proposals import PostgresProposals
from adapters.postgres.reconciliation import PostgresPaymentLedger, PostgresReconciliations
from adapters.postgres.requests import PostgresRequestLog
from adapters.postgres.settlement import PostgresSettlementBook
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.postgres.statements import PostgresStatements
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.wakeups import Bell, PostgresWakeups, open_wakeups
from adapters.postgres.wallets import PostgresWallets
from adapters.postgres.warehouses import PostgresWarehouses
from adapters.protobuf.events import encode as encode_body
from adapters.redis.client import open_client
from adapters.redis.order_cache import RedisOrderCache
from adapters.redis.shown_prices import BookVersion, ShownPriceBook, ShownPromotions
from adapters.redis.snapshots import RedisPriceSnapshots
from adapters.sealing.master_keys import MasterKeys
from adapters.sealing.personal_data import SealedPersonalData
from adapters.settings import Settings
from adapters.temporal.connection import lazy_client
from domain.ports.aggregate_snapshots import AggregateSnapshots
from domain.ports.audit import AuditTrail
from domain.ports.carriers import Carrier
from domain.ports.catalogue import Catalogue
from domain.ports.clock import Clock, Ids
from domain.ports.entitlements import Entitlements
from domain.ports.events import EventFeed, EventStore
from domain.ports.intake import OrderIntake, RequestLog
from domain.ports.notices import Notices
from domain.ports.order_notes import OrderNotes
from domain.ports.payments import (
    CallbackInbox,
    PaymentAttempts,
    PaymentGateway,
    PaymentReferences,
    PaymentReports,
)
from domain.ports.personal_data import PersonalData
from domain.ports.price_checks import PriceChecks
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.projections import OrderCache, OrderViews
from domain.ports.proposals import Proposals
from domain.ports.read_models import Projections, ReadModels
from domain.ports.reconciliation import PaymentLedger, Reconciliations
from domain.ports.settlement import SettlementBook, Statements
from domain.ports.stock import StockLedger
from domain.ports.warehouses import Warehouses

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from adapters.postgres.pool import Pool

# By these our ports say that a server is away or overloaded; anything else that they raise is a bug.
OUTAGES: Final[tuple[type[Exception], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was killed, before asyncpg has noticed
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
    warehouses: Warehouses
    attempts: PaymentAttempts
    inbox: CallbackInbox
    references: PaymentReferences
    gateways: Mapping[str, PaymentGateway]
    reports: Mapping[str, PaymentReports]
    settlements: SettlementBook
    statements: Statements
    ledger: PaymentLedger
    reconciliations: Reconciliations
    carrier: Carrier
    notices: Notices
    notes: OrderNotes
    views: OrderViews
    read_models: ReadModels
    projections: Projections
    cache: OrderCache
    proposals: Proposals
    entitlements: Entitlements
    aggregate_snapshots: AggregateSnapshots
    audit: AuditTrail
    personal: PersonalData
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
    redis = open_client(settings.redis_url) if settings.redis_url else None
    cache = RedisOrderCache(redis) if redis else MemoryOrderCache()
    durable = PostgresPriceSnapshots(pool)
    snapshots = RedisPriceSnapshots(redis, durable) if redis else durable
    bell = Bell(pool)
    try:
        async with (
            open_providers(settings, PostgresPaymentReferences(pool), SystemClock()) as providers,
            open_carrier(settings) as carrier,
        ):
            temporal = await lazy_client(settings)
            personal = personal_data(settings, pool)
            writing = _writing(pool, settings, bell)
            adapters = _adapters(
                pool, providers, carrier, (cache, snapshots), temporal, personal=personal, writing=writing
            )
            yield _with_caches(adapters, redis, settings) if redis else adapters
    finally:
        if redis:
            await redis.aclose()
        await bell.close()
        await pool.close()


def personal_data(settings: Settings, pool: Pool) -> SealedPersonalData:
    """What seals and opens buyers' personal data. Raises `InvalidMasterKeyError`."""
    previous = [key.get_secret_value() for key in settings.personal_data_previous_keys]
    masters = MasterKeys(settings.personal_data_key.get_secret_value(), previous)
    return SealedPersonalData(PostgresBuyerKeys(pool), masters)


def build_projector(adapters: Adapters, wakes: PostgresWakeups | None = None) -> Projector:
    """What keeps `views` and `cache` up to date; any number of processes may run one."""
    return Projector(adapters.pool, adapters.cache, adapters.notices, wakes=wakes)


def hear_appends(settings: Settings, *, application: str) -> AbstractAsyncContextManager[PostgresWakeups]:
    """Hints that any process has appended events, for readers of the feed who would else wait longer."""
    return open_wakeups(settings.database_url, application=application)


def _writing(pool: Pool, settings: Settings, bell: Bell) -> tuple[EventStore, Proposals]:
    kind = GroupingEventStore if settings.group_appends else PostgresEventStore
    return (
        kind(pool, encode_body, appended=bell.ring),
        PostgresProposals(pool, encode_body, appended=bell.ring),
    )


def _adapters(
    pool: Pool,
    providers: Mapping[str, ConnectedProvider],
    carrier: Carrier,
    cached: tuple[OrderCache, PriceSnapshots],
    temporal: Client,
    *,
    personal: PersonalData,
    writing: tuple[EventStore, Proposals],
) -> Adapters:
    cache, snapshots = cached
    events, proposals = writing
    prices, promotions = PostgresPriceBook(pool), PostgresPromotions(pool)
    return Adapters(
        clock=SystemClock(),
        ids=RandomIds(),
        events=events,
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
        warehouses=PostgresWarehouses(pool),
        attempts=PostgresPaymentAttempts(pool),
        inbox=PostgresCallbackInbox(pool),
        references=PostgresPaymentReferences(pool),
        gateways=providers,
        reports=providers,
        settlements=PostgresSettlementBook(pool),
        statements=PostgresStatements(pool),
        ledger=PostgresPaymentLedger(pool),
        reconciliations=PostgresReconciliations(pool),
        carrier=carrier,
        notices=PostgresNotices(pool),
        notes=PostgresOrderNotes(pool),
        views=PostgresOrderViews(pool),
        read_models=PostgresReadModels(pool),
        projections=PostgresProjections(pool),
        cache=cache,
        proposals=proposals,
        entitlements=PostgresEntitlements(pool, RandomIds()),
        aggregate_snapshots=PostgresAggregateSnapshots(pool),
        audit=PostgresAuditTrail(pool),
        personal=personal,
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
