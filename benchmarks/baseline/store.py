"""Tables and steps that both baselines share: SQLAlchemy ORM, one session and commit for each step."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All tables of the baselines."""


class Sku(Base):
    """Price and stock of one SKU."""

    __tablename__ = "skus"
    id: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[int]
    available: Mapped[int] = mapped_column(CheckConstraint("available >= 0"))
    held: Mapped[int] = mapped_column(default=0)


class Order(Base):
    """One order, updated in place."""

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[str]
    status: Mapped[str]
    total: Mapped[int]
    created_at: Mapped[datetime]
    lines: Mapped[list[OrderLine]] = relationship(lazy="selectin")


class OrderLine(Base):
    """One line of an order."""

    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    sku: Mapped[str]
    quantity: Mapped[int]
    price: Mapped[int]


class Payment(Base):
    """One payment of an order."""

    __tablename__ = "payments"
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    status: Mapped[str]
    pay_url: Mapped[str]


def open_engine() -> AsyncEngine:
    """The engine for `BASELINE_DATABASE_URL`, with the pool size of the product."""
    url = os.environ["BASELINE_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
    return create_async_engine(url, pool_size=10, max_overflow=0)


class Shop:
    """The steps of an order."""

    def __init__(self, engine: AsyncEngine, provider_url: str, callback_url: str) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._http = httpx.AsyncClient(base_url=provider_url, timeout=10)
        self._callback_url = callback_url

    async def check_price(self, lines: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
        """The prices of today."""
        async with self._sessions() as session:
            wanted = [sku for sku, _ in lines]
            found = {sku.id: sku for sku in await session.scalars(select(Sku).where(Sku.id.in_(wanted)))}
        return [(sku, quantity, found[sku].price) for sku, quantity in lines]

    async def reserve(self, lines: list[tuple[str, int]]) -> None:
        """Hold goods under row locks, in SKU order."""
        async with self._sessions.begin() as session:
            for sku_id, quantity in sorted(lines):
                sku = await session.get_one(Sku, sku_id, with_for_update=True)
                sku.available -= quantity
                sku.held += quantity

    async def create_order(
        self, order_id: str, key: str, buyer: str, priced: list[tuple[str, int, int]]
    ) -> int:
        """Store the order; its total."""
        total = sum(quantity * price for _, quantity, price in priced)
        async with self._sessions.begin() as session:
            order = Order(
                id=order_id,
                key=key,
                buyer_id=buyer,
                status="created",
                total=total,
                created_at=datetime.now(UTC).replace(tzinfo=None),
            )
            order.lines = [OrderLine(sku=sku, quantity=n, price=price) for sku, n, price in priced]
            session.add(order)
        return total

    async def request_payment(self, order_id: str, total: int) -> str:
        """Ask the provider; where to pay."""
        body = {
            "key": f"pay_{order_id}",
            "order_id": order_id,
            "order_number": order_id,
            "amount": {"amount": total, "currency": "CNY"},
            "expires_at": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(),
            "callback_url": self._callback_url,
        }
        headers = {"Idempotency-Key": f"pay_{order_id}"}
        answer = await self._http.post("/v1/payments", json=body, headers=headers)
        answer.raise_for_status()
        return str(answer.json()["pay_url"])

    async def save_payment(self, order_id: str, pay_url: str) -> None:
        """Store the payment."""
        async with self._sessions.begin() as session:
            session.add(Payment(id=f"pay_{order_id}", order_id=order_id, status="pending", pay_url=pay_url))

    async def mark_paid(self, order_id: str) -> None:
        """Money has come: payment and order say so."""
        async with self._sessions.begin() as session:
            payment = await session.get_one(Payment, f"pay_{order_id}", with_for_update=True)
            payment.status = "captured"
            order = await session.get_one(Order, order_id, with_for_update=True)
            order.status = "paid"

    async def consume(self, order_id: str) -> None:
        """Held goods are sold."""
        async with self._sessions.begin() as session:
            order = await session.get_one(Order, order_id)
            for line in sorted(order.lines, key=lambda each: each.sku):
                sku = await session.get_one(Sku, line.sku, with_for_update=True)
                sku.held -= line.quantity

    async def deliver(self, order_id: str) -> None:
        """Virtual goods are delivered at once, and the order is done."""
        async with self._sessions.begin() as session:
            order = await session.get_one(Order, order_id, with_for_update=True)
            order.status = "completed"

    async def status(self, order_id: str) -> str:
        """Where the order stands."""
        async with self._sessions() as session:
            return (await session.get_one(Order, order_id)).status


async def create_tables(engine: AsyncEngine, skus: int) -> None:
    """Fresh tables with that many SKUs at 9.90 and plenty of stock."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    async with async_sessionmaker(engine).begin() as session:
        session.add_all([Sku(id=f"bench-{n}", price=990, available=10**8, held=0) for n in range(skus)])
