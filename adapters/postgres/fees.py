"""Rows of delivery fees and fee rules on PostgreSQL, for whoever writes them inside a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.money import Money
from domain.pricing.book import DeliveryFee

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.pool import Session

_FEE = "SELECT amount, free_from FROM delivery_fees WHERE merchant_id = $1 AND currency = $2"
_PUT_FEE = """
INSERT INTO delivery_fees (merchant_id, currency, amount, free_from) VALUES ($1, $2, $3, $4)
ON CONFLICT (merchant_id, currency) DO UPDATE SET amount = excluded.amount, free_from = excluded.free_from
"""
_DROP_FEE = "DELETE FROM delivery_fees WHERE merchant_id = $1 AND currency = $2"
_RULES = "SELECT document FROM fee_rules WHERE currency = $1"
_PUT_RULES = """
INSERT INTO fee_rules (currency, document) VALUES ($1, $2)
ON CONFLICT (currency) DO UPDATE SET document = excluded.document
"""


async def stored_fee(session: Session, merchant_id: str, currency: str) -> DeliveryFee | None:
    """What a merchant charges for carrying its goods, or None."""
    row = await session.fetchrow(_FEE, merchant_id, currency)
    return DeliveryFee(Money(row["amount"], currency), row["free_from"]) if row else None


async def store_fee(session: Session, merchant_id: str, fee: DeliveryFee) -> None:
    """Create or replace a merchant's fee in one currency."""
    await session.execute(_PUT_FEE, merchant_id, fee.amount.currency, fee.amount.amount, fee.free_from)


async def drop_fee(session: Session, merchant_id: str, currency: str) -> None:
    """A merchant charges nothing in this currency any more."""
    await session.execute(_DROP_FEE, merchant_id, currency)


async def stored_rules(session: Session, currency: str) -> Mapping[str, Any] | None:
    """A currency's fee rules as a document, or None."""
    document: Mapping[str, Any] | None = await session.fetchval(_RULES, currency)
    return document


async def store_rules(session: Session, currency: str, document: Mapping[str, Any]) -> None:
    """Create or replace a currency's fee rules."""
    await session.execute(_PUT_RULES, currency, document)
