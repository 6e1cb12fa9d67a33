"""Telling people: the buyer, and whoever is on duty. Best effort; an order never waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class AlertLevel(StrEnum):
    """How soon somebody must look."""

    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs a person. `key` is stable: the same alert is raised once."""

    key: str
    level: AlertLevel
    code: str
    order_id: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuyerNotice:
    """Something the buyer should know. `key` is stable: the same notice is sent once."""

    key: str
    buyer_id: str
    order_id: str
    code: str


class Notices(Protocol):
    """Durable outbox of notices and alerts."""

    async def raise_alert(self, alert: Alert) -> None:
        """Put an alert before the people on duty, once per key."""
        ...

    async def notify_buyer(self, notice: BuyerNotice) -> None:
        """Tell the buyer, once per key."""
        ...

    async def alerts(self, limit: int) -> tuple[Alert, ...]:
        """The newest alerts first."""
        ...
