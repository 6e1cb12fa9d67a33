"""Finds open orders that no process takes care of. Starting processes is the port's matter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from temporalio import activity

from activities.histories import Histories
from domain.order.order import Order
from domain.order.status import OrderStatus
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.processes import OrderProcesses, ProcessState, ProcessUnknownError
from domain.ports.projections import LARGEST_PAGE, OrderCursor, OrderFilter, OrderSummary, OrderViews

_log = logging.getLogger(__name__)

_OPEN: Final = frozenset({OrderStatus.DRAFT, OrderStatus.CREATED, OrderStatus.PAID, OrderStatus.SHIPPED})
_LOOKED_AT: Final = (
    OrderStatus.DRAFT,
    OrderStatus.CREATED,
    OrderStatus.PAID,
    OrderStatus.SHIPPED,
    OrderStatus.CANCELLED,
)
# Of each status in one round; the next one goes on from there, and round again.
_MOST_PAGES: Final = 5
_AT_ONCE: Final = 20
# Whoever has ended by itself has done what it could; the rest is for the processes of after-sale.
_BY_ITSELF: Final = frozenset({ProcessState.COMPLETED, ProcessState.CANCELLED})


@dataclass(frozen=True, slots=True)
class OrderReconciler:
    """Goes through the orders that are not over. The projection names them, and their streams count.

    Any number may work at once. Each remembers where it has come to, by status; one that forgets it begins
    anew.
    """

    views: OrderViews
    histories: Histories[Order]
    processes: OrderProcesses
    notices: Notices
    cursors: dict[OrderStatus, OrderCursor | None] = field(default_factory=dict, compare=False)

    @activity.defn(name="reconcile_orders")
    async def reconcile_orders(self, now: datetime) -> int:  # noqa: ARG002 - every chore gets the time
        """Start again what has stopped; how many processes that were.

        One order that cannot be read does not stop the others. Raises what hindered all of them.
        """
        return sum([await self._go_through(status) for status in _LOOKED_AT])

    async def _go_through(self, status: OrderStatus) -> int:
        done = 0
        for _ in range(_MOST_PAGES):
            page = await self.views.list(OrderFilter(status), self.cursors.get(status), LARGEST_PAGE)
            done += await self._see_to([order.id for order in page.orders if _may_need_care(order)])
            self.cursors[status] = page.next
            if page.next is None:
                break
        return done

    async def _see_to(self, order_ids: Sequence[str]) -> int:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def see_to(order_id: str) -> bool:
            async with slots:
                return await self._see_to_one(order_id)

        seen = await asyncio.gather(*map(see_to, order_ids), return_exceptions=True)
        failed = [answer for answer in seen if isinstance(answer, BaseException)]
        if failed and len(failed) == len(order_ids):
            raise failed[0]
        for order_id, answer in zip(order_ids, seen, strict=True):
            if isinstance(answer, BaseException):
                _log.warning("%s cannot be looked after now: %r", order_id, answer)
        return sum(answer is True for answer in seen)

    async def _see_to_one(self, order_id: str) -> bool:
        # The state first: what a process has ended with is in the stream before its end is known.
        state = await self.processes.state(order_id)
        if state is ProcessState.RUNNING:
            return False
        told = await self.histories.current(order_id)
        if told is None:
            return False
        order = told.state
        try:
            started = await self._start(order, state)
        except ProcessUnknownError as unknown:
            await self._tell(order, state, unknown.code)
            return False
        if started:
            await self._tell(order, state, "order_process_restarted")
        return started

    async def _start(self, order: Order, state: ProcessState) -> bool:
        if order.status in _OPEN:
            return await self.processes.restart(order.id)
        if order.status is not OrderStatus.CANCELLED or not order.due_refunds:
            return False
        if state in _BY_ITSELF:
            return await self.processes.send_back(order.id)
        return await self.processes.restart(order.id)  # it may not have undone all else either

    async def _tell(self, order: Order, state: ProcessState, code: str) -> None:
        facts = (("found", state.value), ("status", order.status.value))
        key = f"{order.id}:{code}:{state.value}:{order.version}"
        await self.notices.raise_alert(Alert(key, AlertLevel.HIGH, code, order.id, facts))


def _may_need_care(order: OrderSummary) -> bool:
    """Of orders that have ended only those that keep money."""
    return order.status in _OPEN or order.captured.amount > order.refunded.amount
