"""Money that reached an order whose own workflow has ended: written down and sent back, once."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.payment_contracts import PaymentKey
    from domain.order.status import OrderStatus
    from domain.payment.facts import PaymentFact
    from workflows import names, policies
    from workflows.answers import outcome_of
    from workflows.compensation import Step
    from workflows.contracts import LatePaymentStart, OrderOutcome
    from workflows.desk import Desk
    from workflows.paying import Paying

_OVER = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED})


@workflow.defn(name=names.LATE_PAYMENT_WORKFLOW)
class LatePaymentWorkflow:
    """Takes care of one attempt; id `late-payment:{payment_key}`. A second run finds nothing left to do."""

    @workflow.init
    def __init__(self, start: LatePaymentStart) -> None:
        self._desk = Desk(start.order_id, start.payment_task_queue)
        self._paying = Paying(self._desk)

    @workflow.run
    async def run(self, start: LatePaymentStart) -> OrderOutcome:
        """Load the order, let it hear the facts, and send back what it does not want."""
        await self._desk.stream.load()
        if self._nobody_home():
            # Nobody ever placed it, or its workflow was ended by force: not ours to decide.
            self._desk.alert("payment_without_process", about=start.payment_key)
            self._desk.board.needs_review()
        else:
            # While nobody listened much may have been said, and what was not heard may undo what was.
            key = start.payment_key
            await self._desk.undo.insist(Step(f"ask {key}", lambda: self._ask(key)))
            await self._insist_on_settling()
        await self._come_to_rest()
        return outcome_of(self._desk, start.expected * 0)

    @workflow.signal(name=names.PAYMENT_REPORTED)
    def payment_reported(self, fact: PaymentFact) -> None:
        """A provider's statement; repeats are harmless."""
        self._paying.learn(fact)

    async def _ask(self, key: str) -> None:
        asked = PaymentKey(key, self._desk.order.provider)
        answer = await self._desk.payments.query(asked, policies.MONEY_PATIENCE)
        self._paying.learn(*answer.facts)

    async def _insist_on_settling(self) -> None:
        # Several attempts of one order may come late at once, and write to its stream at once.
        await self._desk.undo.insist(Step("settle", self._settle))

    async def _settle(self) -> None:
        async with self._desk.lock:
            await self._paying.settle()

    async def _come_to_rest(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._has_news() or self._desk.idle)
            if not self._has_news():
                return
            await self._insist_on_settling()

    def _has_news(self) -> bool:
        return self._paying.news and not self._nobody_home()

    def _nobody_home(self) -> bool:
        order = self._desk.stream.order
        return order is None or order.status not in _OVER
