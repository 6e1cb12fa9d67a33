"""What a replay will do, as data: orders to place, goods to take back, lines to refuse. Decides nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.money import Money, total
from ops.replay.history import Invoice, SaleLine


class Reason(StrEnum):
    """Why a line of the history cannot be ordered. The API's own refusals keep their own codes."""

    NEGATIVE_QUANTITY = "negative_quantity"
    ZERO_QUANTITY = "zero_quantity"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    NEGATIVE_PRICE = "negative_price"
    ZERO_PRICE = "zero_price"
    PRICE_BELOW_MINOR_UNIT = "price_below_minor_unit"
    NAME_TOO_LONG = "name_too_long"
    TOO_MANY_LINES = "too_many_lines"
    ORIGINAL_NOT_FOUND = "original_not_found"
    ORIGINAL_REFUSED = "original_refused"
    ORIGINAL_NOT_PAID = "original_not_paid"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not ordered; ``reason`` is a slug, ours or the API's, ``detail`` is for people."""

    line: SaleLine
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line as the API will see it."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order to place. ``total`` is what the history says it must cost, to the penny."""

    invoice: Invoice
    buyer_id: str
    country: str
    lines: tuple[PlannedLine, ...]
    total: Money


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """``quantity`` units of line number ``line``, from 1, of the order of invoice ``original``."""

    original: str
    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Lines of one cancellation, and the goods that they take back, of one order or of several.

    ``money`` is what the history pays back for them, to the penny.
    """

    invoice: Invoice
    goods: tuple[GoodsBack, ...]
    money: Money

    @property
    def originals(self) -> tuple[str, ...]:
        """Invoices of the orders concerned, each once."""
        return tuple(dict.fromkeys(part.original for part in self.goods))


@dataclass(frozen=True, slots=True)
class Item:
    """A SKU that the catalogue needs, at one price, with the quantity that the whole history sells."""

    sku: str
    title: str
    price: Money
    stock: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order of the file; every line of the file is in one step or one refusal."""

    steps: tuple[Purchase | TakeBack, ...]
    refusals: tuple[Refusal, ...]
    items: tuple[Item, ...]
    currency: str

    @property
    def purchases(self) -> Iterator[Purchase]:
        """The orders to place."""
        return (step for step in self.steps if isinstance(step, Purchase))

    def money(self, amounts: Iterable[Money]) -> Money:
        """Their sum in the currency of the plan; zero when there are none."""
        return total(amounts, self.currency)

    @property
    def lines_read(self) -> int:
        """Lines of the file that this plan covers."""
        return len(self.refusals) + sum(len(step.invoice.lines) for step in self.steps)

    @property
    def money_read(self) -> Decimal:
        """Their money, signed, in units of the currency."""
        refused = sum((refusal.line.amount for refusal in self.refusals), Decimal(0))
        return refused + sum((step.invoice.amount for step in self.steps), Decimal(0))
