"""The provider's JSON answers, built from records. No decisions."""

from __future__ import annotations

from collections.abc import Sequence

from domain.money import Money
from ops.sandbox.instants import rfc3339
from ops.sandbox.upkeep_routes import Json
from ops.sandbox_provider.journal import Movement
from ops.sandbox_provider.records import Event, Payment, Refund
from ops.sandbox_provider.report import Page


def money(value: Money) -> Json:
    """Minor units and the currency."""
    return {"amount": value.amount, "currency": value.currency}


def payment(value: Payment, public_url: str) -> Json:
    """A payment with the address where the buyer pays it."""
    return {
        "id": value.id,
        "key": value.order.key,
        "order_id": value.order.order_id,
        "order_number": value.order.order_number,
        "status": value.status.value,
        "capture": value.order.capture.value,
        "amount": money(value.order.amount),
        "expires_at": rfc3339(value.order.expires_at),
        "pay_url": f"{public_url.rstrip('/')}/pay/{value.id}",
    }


def payment_with_events(value: Payment, events: Sequence[Event], public_url: str) -> Json:
    """A payment and all that happened to it, oldest first."""
    return {**payment(value, public_url), "events": [event.as_json() for event in events]}


def refund(value: Refund) -> Json:
    """A refund, and how far it has come."""
    return {
        "id": value.id,
        "key": value.order.key,
        "payment_key": value.order.payment_key,
        "amount": money(value.order.amount),
        "reason": value.order.reason,
        "state": value.state.value,
    }


def movement(value: Movement) -> Json:
    """A line of the ledger: the event, and whose it is."""
    place = {"position": value.position, "payment_id": value.payment_id, "order_id": value.order_id}
    return {**place, **value.event.as_json()}


def report(page: Page) -> Json:
    """Lines as the events that they tell of, and where to go on."""
    return {"lines": [line.as_json() for line in page.lines], "next_after": page.next_after}
