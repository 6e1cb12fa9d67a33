"""The ledger of goods. Every call is one transaction, all lines or none, and safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import DomainError
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind, HoldStatus, Shortage, StockLine


class HoldNotFoundError(DomainError):
    """Nothing was ever held under this reference, or not by this buyer."""

    code = "hold_not_found"


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """All that is to be held under one reference: goods, and what else is counted; all of it or nothing.

    `converts` names cart holds of the same buyer that become part of this one: what they hold is taken over
    in the same transaction, so that nobody else gets it in between. Of those only the active ones count.
    """

    reference: str
    lines: tuple[StockLine, ...]
    until: datetime
    buyer_id: str = ""
    kind: HoldKind = HoldKind.ORDER
    claims: tuple[Claim, ...] = ()
    converts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held under a reference, and until when."""

    reference: str
    kind: HoldKind
    buyer_id: str
    status: HoldStatus
    lines: tuple[StockLine, ...]
    claims: tuple[Claim, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HoldsTaken:
    """The answer to taking a hold: it stands, or it was refused because of `shortages`."""

    shortages: tuple[Shortage, ...] = ()

    @property
    def refused(self) -> bool:
        """True when nothing was held."""
        return bool(self.shortages)


@dataclass(frozen=True, slots=True)
class StockLevel:
    """Counts of one SKU. `on_hand` = available + held + sold; `sold` waits for shipment."""

    sku: str
    available: int
    held: int
    sold: int


@dataclass(frozen=True, slots=True)
class AllowanceLevel:
    """Counts of one allowance; what is available of one for a single buyer depends on the limit then."""

    available: int
    held: int
    consumed: int


class StockLedger(Protocol):
    """Holds by reference (an opaque string; an order's id for orders, requirement A29).

    Allowances move together with the goods: held with them, consumed when they are sold, given back when
    they are released, expire or are put back.
    """

    async def take(self, request: HoldRequest) -> HoldsTaken:
        """Hold everything until that time, or nothing. The same again: the same answer.

        A reference that holds something else, or whose time is over, holds this afterwards, or what it held
        before when this is refused. What was released, sold or put back stays so.
        """
        ...

    async def take_holds(self, reference: str, lines: Sequence[StockLine], until: datetime) -> HoldsTaken:
        """`take` for goods alone."""
        ...

    async def find(self, reference: str) -> Hold | None:
        """What is or was held under this reference, or None."""
        ...

    async def confirm_holds(self, reference: str, now: datetime) -> HoldsTaken:
        """Turn held goods into sold ones. A hold that has expired or was released is taken again first;
        `refused` when the goods are gone. Repeating changes nothing.
        """
        ...

    async def release_holds(self, reference: str) -> HoldStatus | None:
        """Put held goods back. What was resolved already stays so; the status afterwards, None if unknown."""
        ...

    async def restock(self, reference: str) -> HoldStatus | None:
        """Put sold goods back for sale, once; releases when they were only held.

        What has left or was cancelled before stays so, and so do allowances that were given back; of the
        others all go back.
        """
        ...

    async def give_back(
        self, reference: str, key: str, goods: int, refunded_before: int, refunded: int
    ) -> None:
        """Allowances of sold goods whose money goes back, once for each key (a refund's).

        `refunded` of `goods` is the part of the goods' price, in minor units, that goes back now,
        `refunded_before` what went back before it. Points go back pro rata, exactly all of them with the last
        unit of money; a voucher may be used again when nothing of the price is left. A promotion's units stay
        sold. Nothing happens unless the goods are sold; raises `HoldNotFoundError` if nothing ever was held.
        """
        ...

    async def expire_holds(self, now: datetime, limit: int) -> int:
        """Put goods of overdue holds back; how many holds that were."""
        ...

    async def allowance(self, allowance: Allowance) -> AllowanceLevel | None:
        """Today's counts of an allowance, or None when nobody counts it."""
        ...

    async def level(self, sku: str) -> StockLevel | None:
        """Today's counts of a SKU, or None."""
        ...
