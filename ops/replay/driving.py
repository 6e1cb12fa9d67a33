"""Drives a plan through the API, some steps at a time, in the order of the file. Adds nothing up.

A step that stands in the journal is not repeated. What takes goods back waits for its own orders, and since
steps begin in the order of the file, those have begun before.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

from ops.replay.calls import NoAnswerError
from ops.replay.errors import ReplayError
from ops.replay.journal import Journal, Placed
from ops.replay.orders_api import OrdersApi, PurchaseRefusedError, View, is_paid
from ops.replay.outcome import Ordered, Outcome, Refused, Results, TakenBack, Unfinished
from ops.replay.pace import Brake, StopWatch
from ops.replay.plan import Plan, Purchase, Reason, TakeBack

CONCURRENCY = 8
_CLOSED = frozenset({"cancelled", "in_review"})


class Driver:
    """One run over one plan."""

    def __init__(self, api: OrdersApi, journal: Journal, *, pay: bool, rate: float | None = None) -> None:
        """``pay``: every order is paid on its pay page. ``rate``: orders that may begin in a second."""
        self._api = api
        self._journal = journal
        self._pay = pay
        self._brake = Brake(rate)
        self._orders: dict[str, asyncio.Future[Outcome]] = {}
        self.watch = StopWatch()
        self.results = Results()

    async def drive(self, plan: Plan, seen: Callable[[], None] = lambda: None) -> Results:
        """Everything in the plan; ``seen`` is called after each step.

        Raises:
            ReplayError: the API does not let us in.
        """
        for purchase in plan.purchases:
            self._orders[purchase.invoice.number] = asyncio.get_running_loop().create_future()
        steps = iter(plan.steps)
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(CONCURRENCY):
                    workers.create_task(self._work(steps, seen))
        except BaseExceptionGroup as group:
            fault = next((each for each in group.exceptions if isinstance(each, ReplayError)), None)
            raise fault or group from None
        return self.results

    async def _work(self, steps: Iterator[Purchase | TakeBack], seen: Callable[[], None]) -> None:
        for step in steps:  # shared: each worker takes the next one
            outcome = await self._outcome(step)
            self.results.add(outcome)
            if isinstance(step, Purchase):
                self._orders[step.invoice.number].set_result(outcome)
            seen()

    async def _outcome(self, step: Purchase | TakeBack) -> Outcome:
        try:
            return await (self._purchase(step) if isinstance(step, Purchase) else self._take_back(step))
        except PurchaseRefusedError as error:
            return Refused(step, error.code, error.detail)
        except NoAnswerError as error:
            return Unfinished(step, str(error))

    async def _purchase(self, purchase: Purchase) -> Outcome:
        invoice = purchase.invoice.number
        placed = self._journal.placed.get(invoice)
        if placed is None:
            await self._brake.wait()
            placed = await self._place(purchase)
        if not self._pay or invoice in self._journal.paid:
            return Ordered(purchase, placed, paid=invoice in self._journal.paid)
        return await self._pay_for(purchase, placed)

    async def _place(self, purchase: Purchase) -> Placed:
        invoice = purchase.invoice.number
        snapshot_id = self._journal.snapshots.get(invoice) or await self._quote(purchase)
        began = time.monotonic()
        view = await self._order(purchase, snapshot_id)
        self.watch.took(time.monotonic() - began)
        placed = Placed(view["id"], view["number"])
        await self._journal.ordered(invoice, placed)
        return placed

    async def _order(self, purchase: Purchase, snapshot_id: str) -> View:
        try:
            return await self._api.order(purchase, snapshot_id)
        except PurchaseRefusedError as error:
            if error.code != "idempotency_key_reused":
                raise
            number = purchase.invoice.number
            raise ReplayError(
                f"invoice {number} was ordered by a run whose journal is not here. "
                "Bring the journal back (--journal PATH), or start over with empty data (orderkeep reset)."
            ) from error

    async def _quote(self, purchase: Purchase) -> str:
        snapshot_id = await self._api.quote(purchase)
        await self._journal.quoted(purchase.invoice.number, snapshot_id)
        return snapshot_id

    async def _pay_for(self, purchase: Purchase, placed: Placed) -> Ordered:
        """Paid, or not paid because the order or its payment is closed."""
        view = await self._api.until(
            placed.order_id, lambda found: bool(found.get("pay_url")) or _settled(found)
        )
        if not _settled(view):
            await self._api.pay(view["pay_url"])
            view = await self._api.until(placed.order_id, _settled)
        if is_paid(view):
            await self._journal.was_paid(purchase.invoice.number)
        return Ordered(purchase, placed, paid=is_paid(view))

    async def _take_back(self, step: TakeBack) -> Outcome:
        orders = [(number, await self._orders[number]) for number in step.originals]
        for number, original in orders:
            if isinstance(original, Unfinished):
                return Unfinished(step, f"its order {number} is unfinished")
            if not isinstance(original, Ordered):
                return Refused(step, Reason.ORIGINAL_REFUSED, f"invoice {number} did not become an order")
            if not original.paid:
                return Refused(step, Reason.ORIGINAL_NOT_PAID, f"invoice {number} has no money to give back")
        found = {number: original for number, original in orders if isinstance(original, Ordered)}
        for number, original in found.items():
            name = f"{step.invoice.number}-{number}"
            if name not in self._journal.taken_back:
                goods = [part for part in step.goods if part.original == number]
                await self._api.give_back(original.placed.order_id, name, goods)
                await self._journal.was_taken_back(name)
        return TakenBack(step, tuple(found.values()))


def _settled(view: View) -> bool:
    return is_paid(view) or view["status"] in _CLOSED or view.get("payment_status") in _CLOSED
