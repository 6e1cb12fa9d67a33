"""What all steps of one order share: its stream, its calls, the undo stack, the lock, and how to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Literal

from temporalio import workflow

from activities.contracts import NotifyBuyer, RaiseAlert
from domain.order.order import Order
from domain.ports.notices import AlertLevel
from workflows.calls import CarrierCalls, NoticeCalls, PaymentCalls, StoreCalls
from workflows.causes import UNKNOWN, Cause
from workflows.compensation import Compensations
from workflows.showing import Board
from workflows.stream import OrderStream


class Doorway(asyncio.Lock):
    """A lock that nobody gets before it is opened; who is inside until then needs none."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """True once it can be had."""
        return self._opened.is_set()

    def open(self) -> None:
        """From now on it is a lock like others."""
        self._opened.set()

    async def acquire(self) -> Literal[True]:
        """Wait until it is open and free."""
        await self._opened.wait()
        return await super().acquire()


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
        cause: Cause = UNKNOWN,
        amount_minor: int | None = None,
        resumed: bool = False,
    ) -> None:
        """`cause` is the request that placed the order. `amount_minor` is what the starter has put into the
        search attributes. A `resumed` order must be read before anything is decided: its lock is to be
        opened then.
        """
        self.order_id = order_id
        self.lock = Doorway()
        if not resumed:
            self.lock.open()
        self.board = Board(amount_minor)
        self.store = StoreCalls(self.board.failed, self.board.works_again)
        self.payments = PaymentCalls(payment_task_queue)
        self.carrier = CarrierCalls()
        self.stream = OrderStream(order_id, self.store, self.board.stored, cause)
        self.undo = Compensations(self.report_failure, self.board.works_again)
        self.stopping = False
        self._notices = NoticeCalls()
        self._chores: set[asyncio.Task[None]] = set()
        self._watches: set[asyncio.Task[None]] = set()
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

    async def until(
        self, ready: Callable[[], bool], at: datetime, what: str, shown: datetime | None = None
    ) -> bool:
        """Wait until `ready` or until somebody wants the workflow to stop; False when `at` came first.

        People are shown `shown` instead of `at`, when it is only a look in between.
        """
        self.board.waits(self.stream.order, what, shown or at)
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

    @property
    def is_read(self) -> bool:
        """True unless the order has a past that nobody here knows yet."""
        return self.lock.is_open

    def spawn(self, chore: Coroutine[Any, Any, None], *, watches: bool = False) -> None:
        """Do something beside the story; each chore has a bound of its own. One that only `watches` waits for
        people, and another run can begin it anew.
        """
        task = asyncio.create_task(chore)
        self._chores.add(task)
        if watches:
            self._watches.add(task)
        task.add_done_callback(self._finished)

    @property
    def idle(self) -> bool:
        """True when no chore is running. Raises what a chore raised: a bug, and it must stop the task."""
        if self._fault is not None:
            raise self._fault
        return not self._chores

    @property
    def calm(self) -> bool:
        """True when nothing is being done that a new run would not know of."""
        return not (self._chores - self._watches) and not self.lock.locked()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        self._watches.discard(task)
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
