"""What happens to a buyer's personal data: one stream for each buyer, of events that never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_STREAM = "buyer:"


@dataclass(frozen=True, slots=True)
class BuyerErased:
    """The key of the buyer's personal data was destroyed; nothing that was sealed with it can be read again.

    `unsent_orders` had goods that were still to be sent, and now have nowhere to go.
    """

    buyer_id: str
    unsent_orders: tuple[str, ...]
    by: str
    erased_at: datetime


BuyerEvent = BuyerErased


def buyer_stream(buyer_id: str) -> str:
    """The name of the buyer's stream."""
    return f"{_STREAM}{buyer_id}"


def is_buyer_stream(stream_id: str) -> bool:
    """True for the stream of a buyer."""
    return stream_id.startswith(_STREAM)
