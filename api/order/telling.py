"""Tells an order's workflow something, and says the same in the API's words when nobody hears it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from pydantic_core import to_json

from api.order.reading import FoundOrder, OrderReader
from domain.errors import DomainError
from domain.order.order import Order
from domain.ports.intake import StoredAnswer
from workflows.client import OrderAlreadyEndedError, WorkflowUnavailableError

_Answer = TypeVar("_Answer")


class OrderNotStartedError(DomainError):
    """The order is accepted, and its process has not begun."""

    code = "order_not_started"


async def told(orders: OrderReader, order_id: str, message: Awaitable[_Answer]) -> _Answer:
    """What the workflow answers to `message`.

    Raises `UnknownOrderError` or `OrderNotStartedError` when there is no workflow yet, and what the client
    raises otherwise.
    """
    try:
        return await message
    except WorkflowUnavailableError as error:
        if error.facts.get("reason") != "not_started":
            raise
    await orders.find(order_id)
    raise OrderNotStartedError


async def existing(orders: OrderReader, order_id: str) -> Order:
    """The order as it stands. Raises `OrderAlreadyEndedError` for one that was refused before it began."""
    found = await orders.find(order_id)
    if not isinstance(found, FoundOrder):
        raise OrderAlreadyEndedError(order_id=order_id)
    return found.order


def stored(status: int, content: object) -> StoredAnswer:
    """An answer to keep under the request's key."""
    return StoredAnswer(status, to_json(content).decode())
