"""How an order that came to nothing was refused, for whoever asks after its process has ended."""

from __future__ import annotations

import asyncio
from typing import Final

from domain.order.order import Order
from domain.order.status import CancelReason
from workflows.client import OrderAlreadyEndedError, OrderWorkflows, WorkflowUnavailableError
from workflows.contracts import CheckoutAnswer

_LOOK_SECONDS: Final = 1.0


async def refusal_at_the_end(
    workflows: OrderWorkflows, order_id: str, order: Order | None
) -> CheckoutAnswer | None:
    """The refusal of an order whose goods could not be held, or None for every other end.

    `order` is what its events tell, None without any. The process knows all that was short, also when it has
    ended; when it cannot be asked any more, the events still tell that something was.
    """
    short = order is not None and order.cancel_reason is CancelReason.OUT_OF_STOCK and not order.attempts
    if order is not None and not short:
        return None
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            word = await workflows.look(order_id)
    except (TimeoutError, WorkflowUnavailableError, OrderAlreadyEndedError):
        word = None
    if word is not None and word.refusal:
        return word
    if order is None:
        return None
    return CheckoutAnswer(order_id=order_id, status=order.status.value, refusal=CancelReason.OUT_OF_STOCK)
