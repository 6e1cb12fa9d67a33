"""One of each port over the same storage, for contract suites: in memory, or on an emptied PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.memory.events import MemoryEventStore
from adapters.memory.intake import MemoryOrderIntake, MemoryRequestLog
from adapters.memory.notices import MemoryNotices
from adapters.memory.order_notes import MemoryOrderNotes
from adapters.memory.payments import MemoryCallbackInbox, MemoryPaymentAttempts, MemoryPaymentReferences
from adapters.memory.prices import MemoryCatalogue
from adapters.memory.proposals import MemoryProposals
from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.memory.stock import MemoryStockLedger
from adapters.postgres.catalogue import PostgresCatalogue
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
from adapters.postgres.promotions import PostgresPromotions
from adapters.postgres.proposals import PostgresProposals
from adapters.postgres.requests import PostgresRequestLog
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.wallets import PostgresWallets
from domain.ports.catalogue import Catalogue
from domain.ports.intake import OrderIntake, RequestLog
from domain.ports.notices import Notices
from domain.ports.order_notes import OrderNotes
from domain.ports.payments import CallbackInbox, PaymentAttempts, PaymentReferences
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.proposals import Proposals
from domain.ports.stock import StockLedger
from tests.support.shelves import SHELVES

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

# Children before parents. Snapshots and price changes cannot be deleted; their tests use ids of their own.
_EMPTIED = (
    *SHELVES,
    "hold_allowances",
    "allowances",
    "hold_lines",
    "holds",
    "stock_items",
    "item_prices",
    "catalogue_items",
    "delivery_fees",
    "fee_rules",
    "promotions",
    "vouchers",
    "buyers",
    "order_intake",
    "request_log",
    "payment_attempts",
    "payment_references",
    "callback_inbox",
    "alerts",
    "buyer_notices",
    "order_notes",
    "price_proposals",
)


@dataclass(frozen=True)
class PortWorld:
    """The ports of stock, prices, front door, payments and notices."""

    stock: StockLedger
    catalogue: Catalogue
    prices: PriceBook
    promotions: Promotions
    wallets: Wallets
    snapshots: PriceSnapshots
    intake: OrderIntake
    requests: RequestLog
    attempts: PaymentAttempts
    references: PaymentReferences
    inbox: CallbackInbox
    notices: Notices
    notes: OrderNotes
    proposals: Proposals
    pool: Pool | None = None


def memory_world() -> PortWorld:
    """Everything in memory, empty."""
    stock = MemoryStockLedger()
    catalogue = MemoryCatalogue(stock)
    attempts = MemoryPaymentAttempts()
    return PortWorld(
        stock=stock,
        catalogue=catalogue,
        prices=catalogue,
        promotions=catalogue,
        wallets=catalogue,
        snapshots=MemoryPriceSnapshots(),
        intake=MemoryOrderIntake(),
        requests=MemoryRequestLog(),
        attempts=attempts,
        references=MemoryPaymentReferences(),
        inbox=MemoryCallbackInbox(attempts),
        notices=MemoryNotices(),
        notes=MemoryOrderNotes(),
        proposals=MemoryProposals(MemoryEventStore()),
    )


@asynccontextmanager
async def postgres_world(database_url: str) -> AsyncIterator[PortWorld]:
    """Everything on PostgreSQL, emptied."""
    pool = await open_pool(database_url, application="test", largest=16)
    try:
        await pool.execute(";".join(f"DELETE FROM {table}" for table in _EMPTIED))
        yield PortWorld(
            stock=PostgresStockLedger(pool),
            catalogue=PostgresCatalogue(pool),
            prices=PostgresPriceBook(pool),
            promotions=PostgresPromotions(pool),
            wallets=PostgresWallets(pool),
            snapshots=PostgresPriceSnapshots(pool),
            intake=PostgresOrderIntake(pool),
            requests=PostgresRequestLog(pool),
            attempts=PostgresPaymentAttempts(pool),
            references=PostgresPaymentReferences(pool),
            inbox=PostgresCallbackInbox(pool),
            notices=PostgresNotices(pool),
            notes=PostgresOrderNotes(pool),
            proposals=PostgresProposals(pool),
            pool=pool,
        )
    finally:
        await pool.close()
