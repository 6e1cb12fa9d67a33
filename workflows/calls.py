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
    RaiseAlert,
    RecordEvents,
    SnapshotChecked,
    TakeHolds,
)
from activities.fulfilment_contracts import (
    AllocateGoods,
    BookShipment,
    CarrierAnswer,
    CarrierFacts,
    ClawBack,
    DeliverDigital,
    GiveBackAllowances,
    GoodsAllocated,
    MoveGoods,
    PriceWhatIsKept,
    RevokeDigital,
    ShipmentBookedAnswer,
    ShipmentReference,
    TakeBackGoods,
)
from activities.payment_contracts import (
    CapturePayment,
    PaymentFacts,
    PaymentKey,
    PaymentRequestAnswer,
    RefundAnswer,
    RefundPayment,
    RequestPayment,
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

    async def allocate(self, asked: AllocateGoods) -> GoodsAllocated:
        """Choose the shelves that sold goods come from."""
        return await self._local("allocate_goods", asked, GoodsAllocated, "warehouses")

    async def hand_over(self, asked: MoveGoods) -> None:
        """A shipment has left for good."""
        await self._local("hand_over_goods", asked, type(None), f"goods leave: {asked.key}")

    async def cancel_goods(self, asked: MoveGoods) -> None:
        """A shipment will not leave."""
        await self._local("cancel_goods", asked, type(None), f"goods stay: {asked.key}")

    async def take_back(self, asked: TakeBackGoods) -> None:
        """Goods that had left are back on a shelf."""
        await self._local("take_back_goods", asked, type(None), f"goods back: {asked.key}")

    async def give_back_allowances(self, asked: GiveBackAllowances) -> None:
        """Points and vouchers of what is paid back."""
        await self._local("give_back_allowances", asked, type(None), "points and vouchers back")

    async def deliver_digital(self, asked: DeliverDigital) -> None:
        """Issue the rights to virtual goods."""
        await self._local("deliver_digital", asked, type(None), "virtual goods")

    async def revoke_digital(self, asked: RevokeDigital) -> None:
        """End the rights to what is paid back."""
        await self._local("revoke_digital", asked, type(None), "virtual goods back")

    async def price_what_is_kept(self, asked: PriceWhatIsKept) -> ClawBack:
        """Reductions that the kept goods do not earn any more."""
        return await self._local("price_what_is_kept", asked, ClawBack, "what is kept")

    async def record_events(self, asked: RecordEvents, step: str) -> EventsRecorded:
        """Append decided events."""
        return await self._local("record_events", asked, EventsRecorded, f"events: {step}")

    async def load_order(self, order_id: str, after: int) -> OrderHistory:
        """The order's stream, later than that version."""
        return await self._local("load_order", LoadOrder(order_id, after), OrderHistory, "events")

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

    async def query(self, asked: PaymentKey, patience: timedelta) -> PaymentFacts:
        """Ask what became of an attempt."""
        return await self._call("query_payment", asked, PaymentFacts, patience, asked.key)

    async def close(self, asked: PaymentKey, patience: timedelta) -> PaymentFacts:
        """Close an attempt, or let go what was authorised; the facts tell whether it was paid."""
        return await self._call("cancel_payment", asked, PaymentFacts, patience, asked.key)

    async def capture(self, asked: CapturePayment, patience: timedelta) -> PaymentFacts:
        """Take authorised money."""
        return await self._call("capture_payment", asked, PaymentFacts, patience, asked.key)

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


class CarrierCalls:
    """Regular activities, by shipment. `ActivityError` when `patience` is over means unknown."""

    async def book(self, asked: BookShipment, patience: timedelta) -> ShipmentBookedAnswer:
        """Have a parcel fetched."""
        return await self._call("book_shipment", asked, ShipmentBookedAnswer, patience, asked.shipment_id)

    async def recall(self, asked: ShipmentReference, patience: timedelta) -> CarrierAnswer:
        """Have a parcel not fetched."""
        return await self._call("recall_shipment", asked, CarrierAnswer, patience, asked.shipment_id)

    async def readdress(self, asked: ShipmentReference, patience: timedelta) -> CarrierAnswer:
        """Send a parcel to where the order goes now."""
        return await self._call("readdress_shipment", asked, CarrierAnswer, patience, asked.shipment_id)

    async def track(self, asked: ShipmentReference, patience: timedelta) -> CarrierFacts:
        """Ask what became of a parcel."""
        return await self._call("track_shipment", asked, CarrierFacts, patience, asked.shipment_id)

    async def _call(
        self, name: str, asked: object, result: type[_T], patience: timedelta, summary: str
    ) -> _T:
        answer: _T = await workflow.execute_activity(
            name,
            asked,
            result_type=result,
            start_to_close_timeout=min(policies.CARRIER_CALL, patience),
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
