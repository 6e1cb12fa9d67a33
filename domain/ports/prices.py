"""Where prices come from: base prices and fees, promotions, buyers with what they own; and snapshots.

Each is a port of its own, so that any of them can be somebody else's service (requirement B12).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalogue.buyers import Buyer
from domain.errors import DomainError
from domain.pricing.book import FeeRules, ItemPrice, Voucher
from domain.pricing.promotion import Promotion
from domain.pricing.snapshot import PriceSnapshot
from domain.stock.allowance import Allowance


class SnapshotNotFoundError(DomainError):
    """No snapshot of this id, or not one that this buyer may see."""

    code = "snapshot_not_found"


class SnapshotMismatchError(DomainError):
    """The snapshot prices other lines than those ordered."""

    code = "snapshot_mismatch"


class SnapshotAlreadyUsedError(DomainError):
    """Another order was placed with this snapshot."""

    code = "snapshot_already_used"


class PricesUnavailableError(DomainError):
    """Promotions cannot be read now, and nobody guesses what has to be paid. Asking again later may help."""

    code = "prices_temporarily_unavailable"


@dataclass(frozen=True, slots=True)
class BasePage:
    """Base prices of some SKUs in one currency and region, and the fee rules of that currency.

    A SKU that is missing is not on sale there. Of two prices that fit, the region's own goes before the one
    for everywhere.
    """

    items: Mapping[str, ItemPrice]
    fees: FeeRules


@dataclass(frozen=True, slots=True)
class PlaceAndTime:
    """Where and when a price is asked for. `region` may be empty; `at` may lie in the future or the past."""

    currency: str
    region: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wallet:
    """A buyer and what they may use: the voucher of that code if it exists."""

    buyer: Buyer | None
    voucher: Voucher | None


class PriceBook(Protocol):
    """Base prices and fees. A page costs the same number of queries for one SKU as for a thousand."""

    async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
        """The pages of these SKUs as they are (or will be, or were) at that moment."""
        ...

    async def next_turn(self, skus: Collection[str], place: PlaceAndTime) -> datetime | None:
        """The next moment after `place.at` from which on one of these prices is another by time alone."""
        ...

    async def version(self) -> int:
        """A number that grows with every change of prices, fees, promotions or vouchers."""
        ...


class Promotions(Protocol):
    """Campaigns. One query, whatever the number of SKUs."""

    async def active(
        self, items: Collection[ItemPrice], place: PlaceAndTime, segments: Collection[str]
    ) -> tuple[Promotion, ...]:
        """Every promotion in scope of these goods that is active then or begins within the next ten minutes.

        Those limited to segments come only for a buyer who is in one of them. By id. Raises
        `UnknownPromotionKindError` when one is stored that this release cannot read.
        """
        ...


class Wallets(Protocol):
    """Buyers, vouchers, and what is left of everything that is counted."""

    async def wallet(
        self, buyer_id: str | None, voucher_code: str, currency: str, own: Collection[str]
    ) -> Wallet:
        """The buyer and the voucher. Orders of the buyer that hold goods or have sold ones are counted in
        `total_orders`, but not those under the references `own`. A buyer nobody knows has only these.
        """
        ...

    async def left(
        self, wanted: Mapping[Allowance, int | None], own: Collection[str]
    ) -> Mapping[Allowance, int]:
        """What is left of these allowances, with active holds under the references `own` counted as free.

        The value in `wanted` is the limit of an allowance for one buyer, None for all others. What nobody
        counts is missing in the answer.
        """
        ...


class PriceSnapshots(Protocol):
    """Snapshots by id: durable before the id is given out, the same bytes for ever."""

    async def save(self, snapshot: PriceSnapshot) -> None:
        """Keep a new snapshot."""
        ...

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        """The snapshot, or None. Expired ones are found too."""
        ...

    async def claim(self, snapshot_id: str, order_id: str) -> None:
        """Bind the snapshot to one order; the same order may repeat. Raises `SnapshotAlreadyUsedError`,
        `SnapshotNotFoundError`.
        """
        ...

    async def of_order(self, order_id: str) -> tuple[PriceSnapshot, ...]:
        """The snapshots that this order has claimed, oldest claim first."""
        ...
