"""Which invoices can become orders. An invoice is ordered whole or refused whole, each line with a reason."""

from collections.abc import Iterator

from domain.catalogue.items import LONGEST_ID
from domain.order.lines import LARGEST_QUANTITY, MOST_LINES
from ops.replay.history import Invoice, SaleLine
from ops.replay.minor_units import to_minor
from ops.replay.plan import Reason, Refusal


def sku_of(line: SaleLine, currency: str) -> str:
    """A SKU of its own for each code and price: a history sells the same code at several prices.

    The price is in minor units: ``85123A@255``.
    """
    price = to_minor(line.price, currency)
    assert price is not None
    return f"{line.code}@{price.amount}"


def refusals_of(invoice: Invoice, currency: str) -> tuple[Refusal, ...]:
    """One refusal for each line when any line cannot be sold; none when the invoice can be ordered."""
    fault = next(_faults(invoice, currency), None)
    if fault is None:
        return ()
    reason, culprit = fault
    detail = (
        f"because of row {culprit.row}: {culprit.quantity} × {culprit.price}"
        if culprit
        else f"{len(invoice.lines)} lines, at most {MOST_LINES}"
    )
    return tuple(Refusal(line, reason, detail) for line in invoice.lines)


def _faults(invoice: Invoice, currency: str) -> Iterator[tuple[Reason, SaleLine | None]]:
    for line in invoice.lines:
        reason = _fault_of(line, currency)
        if reason is not None:
            yield reason, line
    if len(invoice.lines) > MOST_LINES:
        yield Reason.TOO_MANY_LINES, None


def _fault_of(line: SaleLine, currency: str) -> Reason | None:
    if line.quantity == 0:
        return Reason.ZERO_QUANTITY
    if line.quantity > LARGEST_QUANTITY:
        return Reason.QUANTITY_TOO_LARGE
    if line.price < 0:
        return Reason.NEGATIVE_PRICE
    if line.price == 0:
        return Reason.ZERO_PRICE
    if to_minor(line.price, currency) is None:
        return Reason.PRICE_BELOW_MINOR_UNIT
    return Reason.NAME_TOO_LONG if len(sku_of(line, currency)) > LONGEST_ID else None
