"""What callers hear of an order: built from its state, decides nothing."""

from __future__ import annotations

from domain.money import Money
from domain.order.actions import allowed_actions
from domain.order.order import Order
from domain.order.status import OrderStatus
from workflows.agreed import kept_price, shown_price
from workflows.collecting import Collecting
from workflows.contracts import CheckoutAnswer, OrderAnswer, OrderOutcome, ShownPrice
from workflows.desk import Desk
from workflows.placing import Placing

REFUSED = "refused"
NO_MONEY = Money.zero("XXX")
"""Nothing, of no currency (ISO 4217): for whoever has not read an order."""


def answer_of(desk: Desk, placing: Placing, collecting: Collecting) -> CheckoutAnswer:
    """The order as it stands, with whatever its buyer should know."""
    order = desk.stream.order
    if order is None:
        return CheckoutAnswer(order_id=desk.order_id, status=REFUSED, refusal=placing.refusal)
    draft, question = order.status is OrderStatus.DRAFT, placing.question
    key = order.attempts[-1] if order.attempts else ""
    return CheckoutAnswer(
        order_id=order.id,
        status=order.status.value,
        total=question.total if draft and question else order.total,
        snapshot_id=question.snapshot_id if draft and question else order.snapshot_id,
        payment_status=order.payment_status.value,
        payment_key=key,
        pay_url=collecting.pay_urls.get(key, "") if order.status is OrderStatus.CREATED else "",
        payment_deadline=order.payment_deadline,
        messages=placing.messages,
        refusal=placing.refusal,
        shortages=placing.shortages,
        version=order.version,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def word_of(desk: Desk, subject: str = "") -> OrderAnswer:
    """What a command has made of an order."""
    order = desk.order
    return OrderAnswer(order.id, order.version, order.status.value, subject)


def outcome_of(desk: Desk, nothing: Money = NO_MONEY) -> OrderOutcome:
    """How the order ended; `nothing` is no money of its currency, for one that never came about."""
    order: Order | None = desk.stream.order
    if order is None:
        return OrderOutcome(desk.order_id, REFUSED, nothing, nothing)
    reason = order.cancel_reason.value if order.cancel_reason else ""
    return OrderOutcome(order.id, order.status.value, order.captured, order.refunded, reason)


def actions_of(desk: Desk) -> list[str]:
    """What the buyer may do now."""
    order = desk.stream.order
    return [] if order is None else [action.value for action in allowed_actions(order)]


def price_of(desk: Desk, placing: Placing) -> ShownPrice:
    """What the agreed price is made of, or the one that the buyer is asked about."""
    if placing.price is not None:
        return shown_price(placing.price)
    order = desk.stream.order
    return ShownPrice() if order is None or order.status is OrderStatus.DRAFT else kept_price(order)
