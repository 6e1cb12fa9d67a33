"""What all steps of one order share: its stream, its calls, the undo stack, the lock, and how to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from temporalio import workflow

from activities.contracts import NotifyBuyer, RaiseAlert
from domain.order.order import Order
from domain.ports.notices import AlertLevel
from workflows.calls import NoticeCalls, PaymentCalls, StoreCalls
from workflows.compensation import Compensations
from workflows.showing import Board
from workflows.stream import OrderStream


class Desk:
    """One order at work.

    `lock` keeps compound acts whole. Without it an order could be cancelled while a confirmed price is still
    taking its goods: they would be released before they are held, and stay held for an order that nobody
    gets. In the same way a payment could be closed before it is opened, and then be paid.
    """

    def __init__(
        self,
        order_id: str,
        payment_task_queue: str,
        *,
        correlation_id: str = "",
        amount_minor: int | None = None,
    ) -> None:
        """`amount_minor` is what the starter has put into the search attributes."""
        self.order_id = order_id
        self.lock = asyncio.Lock()
        self.board = Board(amount_minor)
        self.store = StoreCalls(self.board.failed, self.board.works_again)
        self.payments = PaymentCalls(payment_task_queue)
        self.stream = OrderStream(order_id, self.store, self.board.stored, correlation_id)
        self.undo = Compensations(self.report_failure, self.board.works_again)
        self.stopping = False
        self._notices = NoticeCalls()
        self._chores: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None

    @property
    def order(self) -> Order:
        """The order; only once it was drafted."""
        assert self.stream.order is not None
        return self.stream.order

    @property
    def now(self) -> datetime:
        """The workflow's time."""
        return workflow.now()

    async def until(self, ready: Callable[[], bool], at: datetime, what: str) -> bool:
        """Wait until `ready` or until somebody wants the workflow to stop; False when `at` came first."""
        self.board.waits(self.stream.order, what, at)
        left = at - workflow.now()
        if left.total_seconds() <= 0:
            return ready() or self.stopping
        try:
            await workflow.wait_condition(
                lambda: ready() or self.stopping, timeout=left, timeout_summary=what
            )
        except TimeoutError:
            return False
        return True

    def spawn(self, chore: Coroutine[Any, Any, None]) -> None:
        """Do something beside the story; each chore has a bound of its own."""
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._finished)

    @property
    def idle(self) -> bool:
        """True when no chore is running. Raises what a chore raised: a bug, and it must stop the task."""
        if self._fault is not None:
            raise self._fault
        return not self._chores

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._fault = fault

    def alert(self, code: str, *, about: str = "", level: AlertLevel = AlertLevel.HIGH) -> None:
        """Tell the people on duty, beside the story."""
        key = f"{self.order_id}:{code}:{about}"
        facts = (("about", about),) if about else ()
        asked = RaiseAlert(key, level.value, code, self.order_id, facts)
        self.spawn(self._notices.alert(asked))

    def notify(self, code: str) -> None:
        """Tell the buyer, beside the story."""
        asked = NotifyBuyer(f"{self.order_id}:{code}", self.order.buyer_id, self.order_id, code)
        self.spawn(self._notices.notify(asked))

    def report_failure(self, step: str, why: str) -> None:
        """A step did not work: show it and tell somebody."""
        self.board.failed(step)
        self.alert(f"step_failed_{why}", about=step)
