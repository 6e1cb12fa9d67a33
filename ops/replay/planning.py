"""From a history to a plan. Pure: reads no file and calls nobody.

Whatever has a negative quantity takes goods of an earlier order back, in a cancellation or among sales.
"""

from collections.abc import Iterable
from dataclasses import replace

from domain.catalogue.items import LONGEST_TITLE
from domain.money import Money, total
from ops.replay.countries import country_code
from ops.replay.history import Invoice, SaleLine
from ops.replay.judging import refusals_of, sku_of
from ops.replay.minor_units import to_minor
from ops.replay.names import identifier
from ops.replay.originals import NoOriginal, Originals
from ops.replay.plan import GoodsBack, Item, Plan, PlannedLine, Purchase, Reason, Refusal, TakeBack


def make_plan(invoices: Iterable[Invoice], currency: str, limit: int | None = None) -> Plan:
    """Orders, cancellations and refusals, in the order of the file; stops after ``limit`` orders."""
    planner = _Planner(currency)
    for invoice in invoices:
        planner.add(invoice)
        if limit is not None and planner.orders >= limit:
            break
    return planner.plan()


class _Planner:
    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._steps: list[Purchase | TakeBack] = []
        self._refusals: list[Refusal] = []
        self._items: dict[str, Item] = {}
        self._originals = Originals()
        self.orders = 0

    def add(self, invoice: Invoice) -> None:
        if invoice.is_cancellation:
            self._take_back(invoice, Reason.ORIGINAL_NOT_FOUND)
            return
        back, sold = _apart(invoice)
        if back:
            self._take_back(back, Reason.NEGATIVE_QUANTITY)
        if sold is None:
            return
        if refused := refusals_of(sold, self._currency):
            self._refusals.extend(refused)
        else:
            self._purchase(sold)

    def plan(self) -> Plan:
        return Plan(tuple(self._steps), tuple(self._refusals), tuple(self._items.values()), self._currency)

    def _take_back(self, invoice: Invoice, reason: Reason) -> None:
        lines, goods = list[SaleLine](), list[GoodsBack]()
        for line in invoice.lines:
            taken = self._originals.take_back(invoice.customer, line)
            if isinstance(taken, NoOriginal):
                self._refusals.append(Refusal(line, reason, taken.why))
            else:
                lines.append(line)
                goods += taken
        if lines:
            money = total((self._price(line) * -line.quantity for line in lines), self._currency)
            self._steps.append(TakeBack(replace(invoice, lines=tuple(lines)), tuple(goods), money))

    def _purchase(self, invoice: Invoice) -> None:
        self.orders += 1
        self._originals.sold(invoice)
        for line in invoice.lines:
            self._stock(line)
        self._steps.append(
            Purchase(
                invoice=invoice,
                buyer_id=_buyer(invoice),
                country=country_code(invoice.lines[0].country),
                lines=tuple(self._line(line) for line in invoice.lines),
                total=total((self._price(line) * line.quantity for line in invoice.lines), self._currency),
            )
        )

    def _line(self, line: SaleLine) -> PlannedLine:
        return PlannedLine(sku_of(line, self._currency), line.quantity)

    def _stock(self, line: SaleLine) -> None:
        sku = sku_of(line, self._currency)
        known = self._items.get(sku)
        if known is None:
            self._items[sku] = Item(sku, _title(line), self._price(line), line.quantity)
        else:
            title = known.title if known.title != line.code else _title(line)
            self._items[sku] = replace(known, title=title, stock=known.stock + line.quantity)

    def _price(self, line: SaleLine) -> Money:
        price = to_minor(line.price, self._currency)
        assert price is not None
        return price


def _title(line: SaleLine) -> str:
    """The code stands in where the history has no words."""
    title = "".join(letter for letter in line.title if letter.isprintable()).strip()
    return (title or line.code)[:LONGEST_TITLE]


def _buyer(invoice: Invoice) -> str:
    """A sale to nobody gets a guest of its own, so that no two of them look like one buyer."""
    if invoice.customer:
        return identifier("customer", invoice.customer)
    return identifier("guest", invoice.number)


def _apart(invoice: Invoice) -> tuple[Invoice | None, Invoice | None]:
    """The lines that take something back, and the others; None where there are none."""
    back = tuple(line for line in invoice.lines if line.quantity < 0)
    sold = tuple(line for line in invoice.lines if line.quantity >= 0)
    return (
        replace(invoice, lines=back) if back else None,
        replace(invoice, lines=sold) if sold else None,
    )
