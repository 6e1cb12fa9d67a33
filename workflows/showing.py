"""What people see of an order in Temporal: search attributes, current details, timeline. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from domain.order.actions import allowed_actions
from domain.order.events import OrderEvent, time_of
from domain.order.order import Order
from domain.order.status import OrderStatus, PaymentStatus
from workflows import attributes
from workflows.contracts import ShownPrice, TimelineEntry

_LONGEST_TIMELINE: Final = 500
_MOST_STEPS: Final = 30


class Board:
    """Keeps the workflow's page true; touches history only when something has changed."""

    def __init__(self, amount_minor: int | None = None) -> None:
        """`amount_minor` is what the starter has put into the search attributes."""
        self.timeline: list[TimelineEntry] = []
        self._status = OrderStatus.DRAFT.value
        self._payment = PaymentStatus.NONE.value
        self._amount = amount_minor
        self._failed: dict[str, None] = {}  # in order of trouble
        self._review = False
        self._shown_review = False
        self._shown_step = ""
        self._waiting = "starting"
        self._price = ""

    def price(self, price: ShownPrice) -> None:
        """The price that the order goes by, or that its buyer is asked about; seen with the next change."""
        shown = [f"- {step.label}: {step.amount}" for step in price.steps[:_MOST_STEPS]]
        if len(price.steps) > _MOST_STEPS:
            shown.append(f"- and {len(price.steps) - _MOST_STEPS} more")
        self._price = "\n".join([f"Price: {price.total}", "", price.text, "", *shown])

    def stored(self, order: Order, events: Sequence[OrderEvent]) -> None:
        """The order has moved on."""
        for event in events:
            self.note(type(event).__name__, time_of(event))
        updates: list[SearchAttributeUpdate[Any]] = []
        if order.status.value != self._status:
            self._status = order.status.value
            updates.append(attributes.ORDER_STATUS.value_set(self._status))
        if order.payment_status.value != self._payment:
            self._payment = order.payment_status.value
            updates.append(attributes.PAYMENT_STATUS.value_set(self._payment))
        if order.total.amount != self._amount and order.status is not OrderStatus.DRAFT:
            self._amount = order.total.amount
            updates.append(attributes.AMOUNT_MINOR.value_set(self._amount))
        if updates:
            workflow.upsert_search_attributes(updates)
        self._details(order)

    def waits(self, order: Order | None, what: str, until: datetime | None) -> None:
        """The order waits for `what`."""
        self._waiting = what if until is None else f"{what}, until {until:%Y-%m-%d %H:%M:%S} UTC"
        self._details(order)

    def note(self, what: str, at: datetime) -> None:
        """Put something into the timeline."""
        if len(self.timeline) < _LONGEST_TIMELINE:
            self.timeline.append(TimelineEntry(at, what))

    def failed(self, step: str) -> None:
        """A step does not work; a person should look."""
        self._failed[step] = None
        self._mark()

    def works_again(self, step: str) -> None:
        """What did not work has worked after all."""
        self._failed.pop(step, None)
        self._mark()

    def needs_review(self) -> None:
        """A person must look at the order, whatever works."""
        self._review = True
        self._mark()

    def _mark(self) -> None:
        updates: list[SearchAttributeUpdate[Any]] = []
        needs_review = self._review or bool(self._failed)
        step = next(reversed(self._failed), "")
        if needs_review != self._shown_review:
            updates.append(attributes.NEEDS_REVIEW.value_set(needs_review))
        if step != self._shown_step:
            key = attributes.FAILED_STEP
            updates.append(key.value_set(step) if step else key.value_unset())
        self._shown_review, self._shown_step = needs_review, step
        if updates:
            workflow.upsert_search_attributes(updates)

    def _details(self, order: Order | None) -> None:
        if order is None:
            workflow.set_current_details(f"Waiting for: {self._waiting}")
            return
        actions = ", ".join(action.value for action in allowed_actions(order)) or "nothing"
        workflow.set_current_details(
            f"**{order.status.value}**, payment {order.payment_status.value},"
            f" goods {order.fulfilment_status.value}\n\n"
            f"Waiting for: {self._waiting}\n\nThe buyer may: {actions}\n\n{self._price}"
        )
