"""Who shares in an order's money: its merchants, the platform, the payment channel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import InvalidValueError


class PartyKind(StrEnum):
    """Merchants sell, the platform runs the shop, the channel carries the money."""

    MERCHANT = "merchant"
    PLATFORM = "platform"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """One who shares. `merchant_id` says which merchant, and is empty for platform and channel.

    Raises `InvalidValueError` for a merchant without id, or for another party with one.
    """

    kind: PartyKind
    merchant_id: str = ""

    def __post_init__(self) -> None:
        if (self.kind is PartyKind.MERCHANT) != bool(self.merchant_id):
            raise InvalidValueError(field="party", rule="merchant:<id>, platform or channel")

    @property
    def name(self) -> str:
        """`merchant:<id>`, `platform` or `channel`: how it is stored and asked for."""
        return f"{self.kind}:{self.merchant_id}" if self.merchant_id else self.kind.value


PLATFORM: Final = Party(PartyKind.PLATFORM)
CHANNEL: Final = Party(PartyKind.CHANNEL)


def merchant(merchant_id: str) -> Party:
    """The merchant of that id."""
    return Party(PartyKind.MERCHANT, merchant_id)


def party_named(name: str) -> Party:
    """The party of that name. Raises `InvalidValueError` for a name of nobody."""
    kind, _, merchant_id = name.partition(":")
    try:
        return Party(PartyKind(kind), merchant_id)
    except ValueError:
        raise InvalidValueError(field="party", rule="merchant:<id>, platform or channel") from None
