"""Rows of vouchers on PostgreSQL, for whoever writes them inside a transaction; wallets read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.pricing.documents import voucher_document, voucher_from

if TYPE_CHECKING:
    from adapters.postgres.pool import Session
    from domain.pricing.book import Voucher

_GET = "SELECT document FROM vouchers WHERE code = $1"
_PUT = """
INSERT INTO vouchers (code, currency, document) VALUES ($1, $2, $3)
ON CONFLICT (code) DO UPDATE SET currency = excluded.currency, document = excluded.document
"""


async def stored_voucher(session: Session, code: str) -> Voucher | None:
    """The voucher of this code, or None."""
    document = await session.fetchval(_GET, code)
    return None if document is None else voucher_from(document)


async def store_voucher(session: Session, voucher: Voucher) -> None:
    """Create or replace its row."""
    await session.execute(_PUT, voucher.code, voucher.currency, voucher_document(voucher))
