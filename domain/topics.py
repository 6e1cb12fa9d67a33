"""The topics on which we speak with other services. Names on the wire: they never change."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """Where messages of one kind go. Events go out; commands come in, and their replies go out."""

    ORDER_EVENTS = "order-events"
    PRICE_EVENTS = "price-events"
    BUYER_EVENTS = "buyer-events"
    ORDER_COMMANDS = "order-commands"
    ORDER_REPLIES = "order-replies"


def poison_of(topic: str) -> str:
    """Where messages of `topic` go that nobody can take."""
    return f"{topic}.poison"
