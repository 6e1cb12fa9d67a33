"""The one place that starts and tells orders' workflows. Callers see domain words and errors, no Temporal."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.contracts import OrderStart
from domain.payment.facts import FactKind, PaymentFact
from workflows import names
from workflows.after_sale_client import AfterSaleCalls
from workflows.contracts import (
    AcceptService,
    CancelOrder,
    ChangeAddress,
    CheckoutAnswer,
    ConfirmPrice,
    LatePaymentStart,
    LateReportStart,
    OrderAnswer,
    OrderOutcome,
    PayAgain,
    ShipmentReported,
)
from workflows.reaching import (
    NOT_STARTED,
    ClientSettings,
    OrderAlreadyEndedError,
    OrderRefusedError,
    WorkflowUnavailableError,
    hear_once_more,
)
from workflows.starting import details_of, first_attributes, summary_of

__all__ = [
    "ClientSettings",
    "OrderAlreadyEndedError",
    "OrderRefusedError",
    "OrderWorkflows",
    "WorkflowUnavailableError",
]

_SIGNAL_SECONDS: Final = timedelta(seconds=5)
_START_SECONDS: Final = timedelta(seconds=5)
_LOOK_SECONDS: Final = timedelta(seconds=1)
# What matters of an order that has ended: money that came in, and money that was taken from us.
_NEEDS_CARE: Final = frozenset({FactKind.CAPTURED, FactKind.CHARGED_BACK})


class OrderWorkflows(AfterSaleCalls):
    """Orders' workflows as their callers see them.

    Every call raises `WorkflowUnavailableError` when there is no answer in time; then the outcome is unknown
    and repeating the call is safe. Messages raise `OrderRefusedError` with the domain's slug when the order
    says no, `OrderChangedError` when it is not at the version that the caller had seen, and
    `OrderAlreadyEndedError` when its workflow has ended.
    """

    async def checkout(self, start: OrderStart) -> CheckoutAnswer:
        """Start the order, or join it when it runs, and get its first answer."""
        operation: WithStartWorkflowOperation[object, OrderOutcome] = WithStartWorkflowOperation(
            names.ORDER_WORKFLOW,
            start,
            id=names.order_workflow_id(start.order_id),
            task_queue=self._orders_queue,
            result_type=OrderOutcome,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=first_attributes(start),
            static_summary=summary_of(start),
            static_details=details_of(start),
        )
        async with self._answer_for(start.order_id):
            try:
                call = self._temporal.execute_update_with_start_workflow(
                    names.CHECKOUT,
                    start_workflow_operation=operation,
                    id=names.CHECKOUT,
                    result_type=CheckoutAnswer,
                    rpc_timeout=timedelta(seconds=self._patience),
                )
                answer: CheckoutAnswer = await call
            except BaseException:
                hear_once_more(operation)
                raise
        return answer

    async def start(self, start: OrderStart) -> None:
        """Make sure that the order's workflow exists; one that runs or has ended is left alone."""
        try:
            async with self._answer_for(start.order_id):
                await self._temporal.start_workflow(
                    names.ORDER_WORKFLOW,
                    start,
                    id=names.order_workflow_id(start.order_id),
                    task_queue=self._orders_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    search_attributes=first_attributes(start),
                    static_summary=summary_of(start),
                    static_details=details_of(start),
                    rpc_timeout=_START_SECONDS,
                )
        except OrderAlreadyEndedError:
            return

    async def cancel(self, order_id: str, command: CancelOrder) -> CheckoutAnswer:
        """End the order; a cancelled one gives the same answer again. Raises as the class says."""
        # No update id: a cancel that was refused while a parcel was away would be refused for ever under it.
        return await self._update(order_id, names.CANCEL_ORDER, command, CheckoutAnswer)

    async def pay_again(self, order_id: str, command: PayAgain) -> CheckoutAnswer:
        """Open another attempt after a failed one, once per request id."""
        return await self._update(
            order_id, names.PAY_AGAIN, command, CheckoutAnswer, f"{names.PAY_AGAIN}:{command.request_id}"
        )

    async def confirm_price(self, order_id: str, command: ConfirmPrice) -> CheckoutAnswer:
        """Agree to the price of that snapshot. May be answered by another question."""
        return await self._update(
            order_id,
            names.CONFIRM_PRICE,
            command,
            CheckoutAnswer,
            f"{names.CONFIRM_PRICE}:{command.snapshot_id}",
        )

    async def decline_price(self, order_id: str) -> CheckoutAnswer:
        """Do not agree to the changed price; the order ends."""
        return await self._update(order_id, names.DECLINE_PRICE, None, CheckoutAnswer, names.DECLINE_PRICE)

    async def change_address(self, order_id: str, command: ChangeAddress) -> OrderAnswer:
        """Send the goods elsewhere, until the first parcel leaves."""
        update_id = f"{names.CHANGE_ADDRESS}:{command.request_id}"
        return await self._update(order_id, names.CHANGE_ADDRESS, command, OrderAnswer, update_id)

    async def accept_service(self, order_id: str, command: AcceptService) -> OrderAnswer:
        """A merchant's word on its services; the same word again is harmless."""
        return await self._update(order_id, names.ACCEPT_SERVICE, command, OrderAnswer)

    async def look(self, order_id: str) -> CheckoutAnswer:
        """The order as its workflow has it: also what no event tells, such as where it is paid."""
        async with self._answer_for(order_id):
            call = self._handle(order_id).query(
                names.STATUS, result_type=CheckoutAnswer, rpc_timeout=_LOOK_SECONDS
            )
            answer: CheckoutAnswer = await call
        return answer

    async def report_payment(self, order_id: str, fact: PaymentFact) -> None:
        """Tell the order what a provider said. When it has ended, money that came is taken care of apart."""
        try:
            await self._signal(order_id, names.PAYMENT_REPORTED, fact)
        except _NotRunningError:
            if _needs_care(fact):
                await self._take_care(order_id, fact)

    async def report_shipment(self, order_id: str, report: ShipmentReported) -> None:
        """Tell the order what a carrier said. Raises `OrderAlreadyEndedError` too."""
        try:
            await self._signal(order_id, names.SHIPMENT_REPORTED, report)
        except _NotRunningError as gone:
            raise OrderAlreadyEndedError(order_id=order_id) from gone

    async def report_late_shipment(self, order_id: str, report: ShipmentReported) -> None:
        """Have it written down what a carrier said of an order whose workflow has ended. Repeats are
        harmless.
        """
        async with self._answer_for(order_id):
            # One workflow for an order, which hears all that is said while it runs; it may be started again.
            await self._temporal.start_workflow(
                names.LATE_REPORT_WORKFLOW,
                LateReportStart(order_id),
                id=names.late_report_workflow_id(order_id),
                task_queue=self._orders_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=names.SHIPMENT_REPORTED,
                start_signal_args=[report],
                static_summary=f"late report · {order_id}",
                rpc_timeout=_START_SECONDS,
            )

    async def _signal(self, order_id: str, name: str, message: object) -> None:
        try:
            async with self._answer_for(order_id):
                await self._handle(order_id).signal(name, message, rpc_timeout=_SIGNAL_SECONDS)
        except OrderAlreadyEndedError as ended:
            raise _NotRunningError from ended
        except WorkflowUnavailableError as error:
            if error.facts.get("reason") == NOT_STARTED:
                raise _NotRunningError from error
            raise

    async def _take_care(self, order_id: str, fact: PaymentFact) -> None:
        late = LatePaymentStart(
            order_id=order_id,
            payment_key=fact.payment_key,
            buyer_id="",
            expected=fact.amount,
            payment_task_queue=self._payments_queue,
        )
        async with self._answer_for(order_id):
            # The same id again after its end starts it again: a second look finds nothing left to do.
            await self._temporal.start_workflow(
                names.LATE_PAYMENT_WORKFLOW,
                late,
                id=names.late_payment_workflow_id(fact.payment_key),
                task_queue=self._orders_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=names.PAYMENT_REPORTED,
                start_signal_args=[fact],
                static_summary=f"late payment · {order_id}",
                rpc_timeout=_START_SECONDS,
            )


def _needs_care(fact: PaymentFact) -> bool:
    # Of refunds only those that the provider made on its own are news.
    by_provider = fact.kind is FactKind.REFUNDED and fact.refund_key is None
    return by_provider or fact.kind in _NEEDS_CARE


class _NotRunningError(Exception):
    """There is no running workflow of that order."""
