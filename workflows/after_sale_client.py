"""Asks for returns and refunds: of the order's workflow, and after its end of one made for the purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from workflows import names
from workflows.contracts import (
    AfterSaleStart,
    DecideReturn,
    LinkExchange,
    OrderAnswer,
    OrderOutcome,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
)
from workflows.reaching import (
    NOT_STARTED,
    OrderAlreadyEndedError,
    Reaching,
    WorkflowUnavailableError,
    hear_once_more,
)

# How often a workflow may end under our hands before the caller is told to come again.
_ROUNDS: Final = 3


class AfterSaleCalls(Reaching):
    """What may be asked of an order after its goods have left, whether or not its workflow still runs."""

    async def request_return(self, order_id: str, command: RequestReturn) -> OrderAnswer:
        """The buyer does not want to keep something, once per return id."""
        return await self._ask(order_id, names.REQUEST_RETURN, command)

    async def decide_return(self, order_id: str, command: DecideReturn) -> OrderAnswer:
        """The merchant's word; the same word again is harmless."""
        return await self._ask(order_id, names.DECIDE_RETURN, command)

    async def receive_return(self, order_id: str, command: ReceiveReturn) -> OrderAnswer:
        """The goods are back, once per return."""
        return await self._ask(order_id, names.RECEIVE_RETURN, command)

    async def request_refund(self, order_id: str, command: RequestRefund) -> OrderAnswer:
        """Money back without a return, once per refund id."""
        return await self._ask(order_id, names.REQUEST_REFUND, command)

    async def link_exchange(self, order_id: str, command: LinkExchange) -> OrderAnswer:
        """Name the order that the buyer got instead of what was returned."""
        return await self._ask(order_id, names.LINK_EXCHANGE, command)

    async def settle_review(self, order_id: str, command: SettleReview) -> OrderAnswer:
        """A person's decision on money in review; the same decision again is harmless."""
        return await self._ask(order_id, names.SETTLE_REVIEW, command)

    # No update ids: an update that was refused inside the workflow would be refused for ever under its id.
    # The order knows its returns, refunds and reviews by their own ids, so a repeat changes nothing.

    async def _ask(self, order_id: str, name: str, command: object) -> OrderAnswer:
        try:
            return await self._update(order_id, name, command, OrderAnswer)
        except OrderAlreadyEndedError:
            pass
        except WorkflowUnavailableError as error:
            if error.facts.get("reason") != NOT_STARTED:
                raise
        return await self._ask_after_the_end(order_id, name, command)

    async def _ask_after_the_end(self, order_id: str, name: str, command: object) -> OrderAnswer:
        for _ in range(_ROUNDS):
            try:
                return await self._ask_once(order_id, name, command)
            except OrderAlreadyEndedError:  # it came to rest at this very moment; the next one starts anew
                continue
        raise WorkflowUnavailableError(order_id=order_id, reason="busy")

    async def _ask_once(self, order_id: str, name: str, command: object) -> OrderAnswer:
        start = AfterSaleStart(order_id, self._policies, self._payments_queue)
        operation: WithStartWorkflowOperation[object, OrderOutcome] = WithStartWorkflowOperation(
            names.AFTER_SALE_WORKFLOW,
            start,
            id=names.after_sale_workflow_id(order_id),
            task_queue=self._orders_queue,
            result_type=OrderOutcome,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"after-sale · {order_id}",
        )
        async with self._answer_for(order_id):
            try:
                call = self._temporal.execute_update_with_start_workflow(
                    name,
                    command,
                    start_workflow_operation=operation,
                    result_type=OrderAnswer,
                    rpc_timeout=timedelta(seconds=self._patience),
                )
                answer: OrderAnswer = await call
            except BaseException:
                hear_once_more(operation)
                raise
        return answer
