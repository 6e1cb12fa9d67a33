"""Activities as methods: their names, time-outs, retries and summaries. No decision is taken here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.contracts import (
    CheckSnapshot,
    ConfirmHolds,
    EventsRecorded,
    HoldReference,
    HoldsAnswer,
    LoadOrder,
    NotifyBuyer,
    OrderHistory,
    PaymentFacts,
    PaymentKey,
    PaymentRequestAnswer,
    RaiseAlert,
    RecordEvents,
    RefundAnswer,
    RefundPayment,
    RequestPayment,
    SnapshotChecked,
    TakeHolds,
)
from workflows import policies

_T = TypeVar("_T")


class StoreCalls:
    """Local activities: they run inside the workflow task, one transaction each.

    When the database stays away they go on with a timer between rounds; `fails` and `works` hear the step.
    Raises `ApplicationError("store_unavailable")` after about a week.
    """

    def __init__(self, fails: Callable[[str], None], works: Callable[[str], None]) -> None:
        self._fails = fails
        self._works = works

    async def check_price(self, asked: CheckSnapshot) -> SnapshotChecked:
        """The verdict on a snapshot, which then belongs to the order."""
        return await self._local("check_price_snapshot", asked, SnapshotChecked, "price")

    async def take_holds(self, asked: TakeHolds) -> HoldsAnswer:
        """Hold the goods, all or none."""
        return await self._local("take_holds", asked, HoldsAnswer, "goods")

    async def confirm_holds(self, reference: str, now: datetime) -> HoldsAnswer:
        """Turn held goods into sold ones."""
        return await self._local("confirm_holds", ConfirmHolds(reference, now), HoldsAnswer, "goods sold")

    async def release_holds(self, reference: str) -> None:
        """Put held goods back."""
        await self._local("release_holds", HoldReference(reference), type(None), "goods back")

    async def restock(self, reference: str) -> None:
        """Put sold goods back."""
        await self._local("restock", HoldReference(reference), type(None), "goods back")

    async def record_events(self, asked: RecordEvents, step: str) -> EventsRecorded:
        """Append decided events."""
        return await self._local("record_events", asked, EventsRecorded, f"events: {step}")

    async def load_order(self, order_id: str) -> OrderHistory:
        """The order's stream."""
        return await self._local("load_order", LoadOrder(order_id), OrderHistory, "events")

    async def _local(self, name: str, asked: object, result: type[_T], summary: str) -> _T:
        for failures in range(1, policies.STORE_ROUNDS + 1):
            try:
                answer: _T = await workflow.execute_local_activity(
                    name,
                    asked,
                    result_type=result,
                    start_to_close_timeout=policies.LOCAL_SECONDS,
                    retry_policy=policies.LOCAL_RETRY,
                    summary=summary,
                )
            except (ActivityError, ApplicationError) as error:  # local ones come unwrapped
                workflow.logger.warning("%s does not work now: %s", name, error.cause or error)
                self._fails(name)
                pause = policies.pause_after(
                    failures, policies.STORE_FIRST_PAUSE, policies.STORE_LONGEST_PAUSE
                )
                await workflow.sleep(pause, summary=f"again: {name}")
            else:
                if failures > 1:
                    self._works(name)
                return answer
        raise ApplicationError(f"{name} did not work for days", type="store_unavailable", non_retryable=True)


class PaymentCalls:
    """Regular activities, on the payments queue but for the first.

    `ActivityError` when `patience` is over means unknown.
    """

    def __init__(self, task_queue: str) -> None:
        self._task_queue = task_queue

    async def request(self, asked: RequestPayment, patience: timedelta) -> PaymentRequestAnswer:
        """Open an attempt. On the orders' queue, where it is handed over eagerly: a buyer waits for it."""
        return await self._call(
            "request_payment", asked, PaymentRequestAnswer, patience, asked.key, eagerly=True
        )

    async def query(self, key: str, patience: timedelta) -> PaymentFacts:
        """Ask what became of an attempt."""
        return await self._call("query_payment", PaymentKey(key), PaymentFacts, patience, key)

    async def close(self, key: str, patience: timedelta) -> PaymentFacts:
        """Close an attempt; the facts tell whether it was paid."""
        return await self._call("cancel_payment", PaymentKey(key), PaymentFacts, patience, key)

    async def refund(self, asked: RefundPayment, patience: timedelta) -> RefundAnswer:
        """Give money back."""
        return await self._call("refund_payment", asked, RefundAnswer, patience, asked.key)

    async def _call(
        self,
        name: str,
        asked: object,
        result: type[_T],
        patience: timedelta,
        summary: str,
        *,
        eagerly: bool = False,
    ) -> _T:
        answer: _T = await workflow.execute_activity(
            name,
            asked,
            result_type=result,
            task_queue=None if eagerly else self._task_queue,
            start_to_close_timeout=min(policies.PROVIDER_CALL, patience),
            schedule_to_close_timeout=patience,
            retry_policy=policies.PROVIDER_RETRY,
            summary=summary,
        )
        return answer


class NoticeCalls:
    """Telling people; failures are logged and forgotten."""

    async def alert(self, asked: RaiseAlert) -> None:
        """Put something before the people on duty."""
        await self._best_effort("raise_alert", asked, asked.code)

    async def notify(self, asked: NotifyBuyer) -> None:
        """Tell the buyer."""
        await self._best_effort("notify_buyer", asked, asked.code)

    async def _best_effort(self, name: str, asked: object, summary: str) -> None:
        retry: RetryPolicy = policies.NOTICE_RETRY
        try:
            await workflow.execute_activity(
                name,
                asked,
                start_to_close_timeout=policies.NOTICE_CALL,
                schedule_to_close_timeout=policies.NOTICE_PATIENCE,
                retry_policy=retry,
                summary=summary,
            )
        except ActivityError as error:
            workflow.logger.warning("%s of %s was lost: %s", name, summary, error.cause)
