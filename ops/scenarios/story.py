"""What a scenario is, what it may do to the machinery, and how it says that something went wrong."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.ports.brokers import Broker
from ops.scenarios.shop import Shop, View


class ScenarioError(Exception):
    """Something that must be true was not; one sentence for people."""


class Machinery(Protocol):
    """The parts of a running stack, by name: what a scenario may break."""

    def drives(self, name: str) -> bool:
        """Whether that part is ours to stop."""
        ...

    async def start(self, name: str) -> None:
        """Start it and return when it is ready."""
        ...

    async def stop(self, name: str) -> None:
        """Stop it in an orderly way."""
        ...

    async def kill(self, name: str) -> None:
        """SIGKILL it."""
        ...

    def broker(self) -> AbstractAsyncContextManager[Broker]:
        """The broker that everybody here speaks through."""
        ...


@dataclass(frozen=True, slots=True)
class Story:
    """How a scenario ended: its order as it stands, a remark for the table, and lines to show below it."""

    order: View
    remark: str = ""
    picture: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. ``breaks`` names the parts that it stops; without them it cannot be told."""

    number: int
    title: str
    tell: Callable[[Shop, Machinery], Awaitable[Story]]
    breaks: tuple[str, ...] = ()


def check(holds: object, otherwise: str) -> None:
    """Raise `ScenarioError` with that sentence unless it holds."""
    if not holds:
        raise ScenarioError(otherwise)
