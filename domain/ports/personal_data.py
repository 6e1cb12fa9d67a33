"""Personal data of buyers, sealed with a key for each buyer. Without the key nobody can ever read it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.address import Address
from domain.errors import DomainError


class BuyerErasedError(DomainError):
    """This buyer's personal data was erased for good; nothing more can be sealed or read for them."""

    code = "buyer_erased"


class PersonalData(Protocol):
    """Seals at the edge what comes in, opens at the edge what goes out; between them only seals travel."""

    async def seal_address(self, buyer_id: str, address: Address) -> Address:
        """The same place, readable only through `open_address`; the country stays plain.

        Equal places of one buyer have equal seals. A sealed address comes back as it is. Raises
        `BuyerErasedError`.
        """
        ...

    async def open_address(self, address: Address) -> Address | None:
        """The place behind a seal; a plain one as it is; None when the buyer was erased."""
        ...

    async def seal_text(self, buyer_id: str, text: str) -> str:
        """A text of the buyer's own words, sealed. Raises `BuyerErasedError`."""
        ...

    async def open_text(self, text: str) -> str | None:
        """The words behind a seal; a plain text as it is; None when the buyer was erased."""
        ...

    async def erase(self, buyer_id: str, by: str, at: datetime) -> bool:
        """Destroy the buyer's key; False when that was done before. A buyer never heard of is erased too."""
        ...

    async def is_erased(self, buyer_id: str) -> bool:
        """Whether the buyer's data was erased."""
        ...
