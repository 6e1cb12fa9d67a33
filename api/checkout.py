"""Places orders: the one use case behind HTTP, and later behind gRPC and messages. It knows none of them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from pydantic_core import to_json

from api.background import Background
from api.errors import problem, rule_of
from api.order.ending import refusal_at_the_end
from api.order.reading import OrderReader
from api.order.views import order_view, payment_view
from api.shortages import refusal_in
from api.views import Json, message_view
from domain.order.accept import OrderRequest, awaited_order
from domain.order.order import Order
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.intake import IntakeEntry, OrderIntake, StoredAnswer
from domain.ports.prices import PriceSnapshots
from domain.pricing.snapshot import PriceSnapshot
from workflows.accepting import Accepting
from workflows.client import OrderAlreadyEndedError, OrderWorkflows, WorkflowUnavailableError
from workflows.contracts import CheckoutAnswer
from workflows.starting import Windows, order_start

_CREATED, _NEEDS_THE_BUYER = 201, 200
_KEEP_SECONDS = 10.0
_LATE_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of a request. `answer` is None when it is accepted and the relay will see to it."""

    order_id: str
    number: str
    answer: StoredAnswer | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class CheckoutRules:
    """What the use case takes from settings; `answer_seconds` bounds the wait for the first answer."""

    windows: Windows
    answer_seconds: float
    payment_task_queue: str


class Checkout:
    """Accepts a request durably, has its workflow started, and gives the first definite answer."""

    def __init__(
        self,
        *,
        accepting: Accepting,
        workflows: OrderWorkflows,
        orders: OrderReader,
        background: Background,
        rules: CheckoutRules,
    ) -> None:
        self._accepting = accepting
        self._snapshots: PriceSnapshots = accepting.snapshots
        self._intake: OrderIntake = accepting.intake
        self._workflows = workflows
        self._orders = orders
        self._background = background
        self._rules = rules

    async def place(self, key: str, caller: str, request: OrderRequest, *, wait: bool = True) -> Placed:
        """Place an order once per (caller, key); repeated requests get the answer of the first.

        `wait=False` leaves right after the request was written down. Raises `SnapshotNotFoundError`,
        `SnapshotMismatchError`, `NotAFinalPriceError`, `AddressRequiredError`, `IdempotencyKeyReusedError`.
        """
        accepted = await self._accepting.accept(caller, key, request)
        entry, answer = accepted.entry, accepted.entry.answer
        if answer is None and wait:
            answer = await self._first_answer(entry, accepted.snapshot, self._rules.answer_seconds)
        return Placed(entry.order_id, entry.number, answer, accepted.repeated)

    async def late_answer(self, entry: IntakeEntry) -> StoredAnswer | None:
        """The first answer of an order that the relay started, or None when there is none within a second."""
        snapshot = await self._snapshots.get(entry.command.snapshot_id)
        if snapshot is None:
            return None
        return await self._first_answer(entry, snapshot, min(_LATE_SECONDS, self._rules.answer_seconds))

    async def pay_page(self, order: Order) -> str | None:
        """Where the open attempt is paid, as the order's workflow has it; None without an answer soon.

        No kept answer tells it of a later attempt, or of one that the provider opened after its time-out.
        """
        try:
            async with asyncio.timeout(_LATE_SECONDS):
                word = await self._workflows.look(order.id)
        except (TimeoutError, WorkflowUnavailableError, OrderAlreadyEndedError):
            return None
        return word.pay_url or None if word.payment_key == order.attempts[-1] else None

    async def _first_answer(
        self, entry: IntakeEntry, snapshot: PriceSnapshot, seconds: float
    ) -> StoredAnswer | None:
        start = order_start(entry, self._rules.windows, self._rules.payment_task_queue)
        try:
            async with asyncio.timeout(seconds):
                answer = await self._written(entry, snapshot, await self._workflows.checkout(start))
        except OrderAlreadyEndedError:
            answer = await self._written_after_the_end(entry, snapshot)
        except (TimeoutError, WorkflowUnavailableError) as error:
            # Not a failure: the entry is durable, and the relay starts what is not known to have started.
            _log.warning("order %s is left to the relay: %s", entry.order_id, str(error) or "no answer")
            return None
        keep = self._intake.keep_answer(entry.order_id, answer)
        if not self._background.start("keep a first answer", keep, _KEEP_SECONDS):
            await self._intake.keep_answer(entry.order_id, answer)
        return answer

    async def _written(
        self, entry: IntakeEntry, snapshot: PriceSnapshot, word: CheckoutAnswer
    ) -> StoredAnswer:
        if word.refusal:
            facts = {"order_id": entry.order_id, "number": entry.number}
            listed = {"shortages": word.shortages} if word.shortages else {}
            code = refusal_in(word)
            text = problem(code, entry.command.correlation_id, {**facts, **listed})
            return StoredAnswer(rule_of(code).status, text.decode())
        known = None if self._is_paid_later(snapshot) else _order_in(entry, snapshot, word)
        order = known or await self._orders.at_version(entry.order_id, word.version)
        status = _NEEDS_THE_BUYER if order.status is OrderStatus.DRAFT else _CREATED
        return StoredAnswer(status, to_json(answer_body(order, word)).decode())

    def _is_paid_later(self, snapshot: PriceSnapshot) -> bool:
        # How its money is captured was decided by the order, and only its events tell.
        return snapshot.wishes.payment_method in self._rules.windows.manual_capture_methods

    async def _written_after_the_end(self, entry: IntakeEntry, snapshot: PriceSnapshot) -> StoredAnswer:
        # Its first answer was lost with the process that waited for it; the events still tell how it ended.
        order = await self._orders.current(entry.order_id)
        refused = await refusal_at_the_end(self._workflows, entry.order_id, order)
        if refused is not None:
            return await self._written(entry, snapshot, refused)
        if order is None:
            text = problem("order_already_ended", entry.command.correlation_id, {"order_id": entry.order_id})
            return StoredAnswer(rule_of("order_already_ended").status, text.decode())
        nothing_new = CheckoutAnswer(order_id=order.id, status=order.status.value)
        return StoredAnswer(_CREATED, to_json(answer_body(order, nothing_new)).decode())


def answer_body(order: Order, word: CheckoutAnswer) -> Json:
    """The documented first answer: the order, its open attempt, and what the buyer should know."""
    pay_url = word.pay_url or None
    return {
        "order": order_view(order, pay_url),
        "payment": payment_view(order, pay_url),
        "messages": [message_view(message) for message in word.messages],
    }


def _order_in(entry: IntakeEntry, snapshot: PriceSnapshot, word: CheckoutAnswer) -> Order | None:
    """The order that this answer describes, or None when only its events can tell.

    The common case, a new order at the price of its snapshot, is known without asking the database again.
    """
    at_its_price = word.snapshot_id in ("", snapshot.id) and word.total == snapshot.total
    if word.status != OrderStatus.CREATED or not at_its_price or word.created_at is None:
        return None
    return replace(
        awaited_order(entry, snapshot),
        created_at=word.created_at,
        status=OrderStatus.CREATED,
        payment_status=PaymentStatus(word.payment_status),
        payment_deadline=word.payment_deadline,
        attempts=(word.payment_key,) if word.payment_key else (),
        updated_at=word.updated_at,
        version=word.version,
    )
