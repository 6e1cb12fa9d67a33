"""What an order's workflow is started with: input, search attributes, summary. It starts nothing itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from temporalio.common import SearchAttributePair, TypedSearchAttributes

from activities.contracts import OrderPolicies, OrderStart
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy, ThresholdPolicy
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.intake import IntakeEntry
from domain.pricing.asking import PriceDrop
from workflows import attributes
from workflows.amounts import amount_of, minor_digits

_MOST_MERCHANTS_SHOWN = 3


class Windows(Protocol):
    """The part of the settings that sets an order's rules: deadlines in seconds, what to ask about."""

    @property
    def payment_window_seconds(self) -> float:
        """How long the buyer has to pay."""
        ...

    @property
    def confirmation_window_seconds(self) -> float:
        """How long a changed price waits for the buyer."""
        ...

    @property
    def shipping_window_seconds(self) -> float:
        """How long handing over may take before somebody is told."""
        ...

    @property
    def return_window_seconds(self) -> float:
        """How long an order stays open after delivery."""
        ...

    @property
    def review_window_seconds(self) -> float:
        """How long money in review waits for a person."""
        ...

    @property
    def payment_poll_seconds(self) -> float:
        """After how long a silent provider is asked for the first time."""
        ...

    @property
    def carrier_poll_seconds(self) -> float:
        """How often a silent carrier is asked."""
        ...

    @property
    def acceptance_window_seconds(self) -> float:
        """How long a merchant has to accept a service."""
        ...

    @property
    def decision_window_seconds(self) -> float:
        """How long a return waits for a decision before somebody is told."""
        ...

    @property
    def receipt_window_seconds(self) -> float:
        """How long an approved return is waited for."""
        ...

    @property
    def manual_capture_methods(self) -> tuple[str, ...]:
        """Payment methods whose money is taken only when goods leave."""
        ...

    @property
    def refund_delivery_fee(self) -> DeliveryFeePolicy:
        """When the delivery fee goes back with returned goods."""
        ...

    @property
    def refund_threshold(self) -> ThresholdPolicy:
        """What becomes of a reduction that the kept goods do not earn."""
        ...

    @property
    def price_drop(self) -> PriceDrop:
        """What to do when a price has fallen since it was shown."""
        ...

    @property
    def payment_provider(self) -> str:
        """Whom orders accepted now are paid with."""
        ...


def policies_from(windows: Windows, currency: str) -> OrderPolicies:
    """The rules that orders accepted now run by.

    The price tolerance is 1.00 in the currency's unit (domain rule 4).
    """
    return OrderPolicies(
        payment_window=timedelta(seconds=windows.payment_window_seconds),
        confirmation_window=timedelta(seconds=windows.confirmation_window_seconds),
        shipping_window=timedelta(seconds=windows.shipping_window_seconds),
        return_window=timedelta(seconds=windows.return_window_seconds),
        review_window=timedelta(seconds=windows.review_window_seconds),
        price_tolerance=10 ** minor_digits(currency),
        price_drop=windows.price_drop,
        manual_capture_methods=windows.manual_capture_methods,
        payment_poll=timedelta(seconds=windows.payment_poll_seconds),
        carrier_poll=timedelta(seconds=windows.carrier_poll_seconds),
        acceptance_window=timedelta(seconds=windows.acceptance_window_seconds),
        decision_window=timedelta(seconds=windows.decision_window_seconds),
        receipt_window=timedelta(seconds=windows.receipt_window_seconds),
        refund=RefundPolicy(windows.refund_delivery_fee, windows.refund_threshold),
    )


def order_start(entry: IntakeEntry, windows: Windows, payment_task_queue: str = "payments") -> OrderStart:
    """The workflow input of an accepted request; the API and the relay build the same one."""
    command = entry.command
    return OrderStart(
        order_id=entry.order_id,
        number=entry.number,
        buyer_id=command.buyer_id,
        snapshot_id=command.snapshot_id,
        currency=command.currency,
        total=entry.total,
        line_count=len(command.lines),
        merchants=entry.merchants,
        accepted_at=entry.accepted_at,
        address=command.address,
        correlation_id=command.correlation_id,
        trace_id=command.trace_id,
        policies=policies_from(windows, command.currency),
        payment_task_queue=payment_task_queue,
        provider=str(windows.payment_provider),
    )


def first_attributes(start: OrderStart) -> TypedSearchAttributes:
    """How a new order is found; no personal data."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(attributes.ORDER_STATUS, OrderStatus.DRAFT.value),
            SearchAttributePair(attributes.PAYMENT_STATUS, PaymentStatus.NONE.value),
            SearchAttributePair(attributes.MERCHANT_IDS, list(start.merchants)),
            SearchAttributePair(attributes.AMOUNT_MINOR, start.total.amount),
            SearchAttributePair(attributes.CURRENCY, start.currency),
        ]
    )


def summary_of(start: OrderStart) -> str:
    """Such as `3 items · CNY 199.00 · shop-7`."""
    items = "1 item" if start.line_count == 1 else f"{start.line_count} items"
    shown = ", ".join(start.merchants[:_MOST_MERCHANTS_SHOWN])
    more = len(start.merchants) - _MOST_MERCHANTS_SHOWN
    return f"{items} · {amount_of(start.total)} · {shown}" + (f" +{more}" if more > 0 else "")


def details_of(start: OrderStart) -> str:
    """Order number, amount and where its price comes from, for the workflow's page."""
    return (
        f"Order **{start.number}**\n\nTotal {amount_of(start.total)} by price snapshot `{start.snapshot_id}`"
    )
