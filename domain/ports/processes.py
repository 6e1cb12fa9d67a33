"""The processes that carry orders, as seen from outside: whether one runs, and starting it again."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from domain.errors import DomainError


class ProcessState(StrEnum):
    """What is known of the process of an order. Only a running one takes care of it."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    TERMINATED = "terminated"
    TIMED_OUT = "timed_out"
    NEVER_STARTED = "never_started"


class ProcessUnknownError(DomainError):
    """Nobody knows what the process of this order was started with, so that it cannot be started again."""

    code = "order_process_unknown"


class OrderProcesses(Protocol):
    """Orders' processes. Every call raises what its server raises when that is away."""

    async def state(self, order_id: str) -> ProcessState:
        """What has become of the order's own process; `NEVER_STARTED` also when it was forgotten."""
        ...

    async def restart(self, order_id: str) -> bool:
        """Start the order's own process again, where the order stands, by the rules it was accepted under.

        False when it runs, so that of many callers one starts it. Raises `ProcessUnknownError`.
        """
        ...

    async def send_back(self, order_id: str) -> bool:
        """Have what is promised back sent, apart from the order's own process; False when that goes on now.

        Raises `ProcessUnknownError`.
        """
        ...
