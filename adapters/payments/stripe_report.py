"""What Stripe booked on our balance, as lines of a report. Compares nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.payments.stripe_facts import PAYMENT_KEY, REFUND_KEY
from adapters.payments.stripe_http import asking
from adapters.payments.stripe_objects import PROVIDER, Json, identifier, moment, money, noted, optional, part
from domain.payment.facts import FactKind
from domain.ports.payments import ReportLine

if TYPE_CHECKING:
    import stripe

    from domain.ports.payments import PaymentReferences

# https://docs.stripe.com/reports/reporting-categories. Fees and payouts are no movement of an order's money;
# what a smaller capture lets go (`partial_capture_reversal`) is within `amount_captured`.
_KINDS: Final = {
    "charge": (FactKind.CAPTURED, "amount_captured"),
    "refund": (FactKind.REFUNDED, "amount"),
    "dispute": (FactKind.CHARGED_BACK, "amount"),
}


_BOOKED_LATER: Final = timedelta(hours=1)
"""How long after a refund was made its booking is looked for."""


async def lines_of(
    client: stripe.StripeClient, references: PaymentReferences, since: datetime, until: datetime
) -> Sequence[ReportLine]:
    """Movements of our payments with `since` <= their time < `until`, oldest first.

    Amounts are in the buyer's currency, whatever the balance is kept in. Raises
    `PaymentOutcomeUnknownError` when Stripe does not answer.
    """
    found = []
    with asking("report"):
        listed = await client.v1.balance_transactions.list_async(
            {
                "created": {"gte": _first_second(since), "lt": _first_second(until + _BOOKED_LATER)},
                "limit": 100,
                "expand": ["data.source"],
            }
        )
        async for booking in listed.auto_paging_iter():
            line = await _line(booking.to_dict(), references)
            if line is not None and since <= line.occurred_at < until:
                found.append(line)
    return tuple(sorted(found, key=lambda line: line.occurred_at))


async def _line(booking: Json, references: PaymentReferences) -> ReportLine | None:
    kind_and_amount = _KINDS.get(optional(booking, "reporting_category") or "")
    if kind_and_amount is None:
        return None
    kind, amount = kind_and_amount
    source = part(booking, "source")
    key = noted(source, PAYMENT_KEY) or await _key_by_intent(source, references)
    if key is None:
        return None  # somebody else's payment in the same account
    # The same moments as the facts have.
    at = moment(source if kind is FactKind.REFUNDED else booking, "created")
    return ReportLine(PROVIDER, key, kind, money(source, amount), at, noted(source, REFUND_KEY))


async def _key_by_intent(source: Json, references: PaymentReferences) -> str | None:
    if source.get("payment_intent") is None:
        return None
    return await references.key_of(PROVIDER, identifier(source, "payment_intent"))


def _first_second(at: datetime) -> int:
    # Stripe counts whole seconds: the first one that is not before `at`.
    whole = at.astimezone(UTC)
    return int(whole.timestamp()) + (1 if whole.microsecond else 0)
