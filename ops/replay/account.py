"""The account of a replay: every line and every penny, as the history, the API and the projection have them.

Pure. What disagrees is listed in words; an account without differences is the success of a replay.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ops.replay.history import SaleLine
from ops.replay.minor_units import shown, to_decimal
from ops.replay.outcome import Results
from ops.replay.plan import Plan, Refusal
from ops.replay.sales import Figures, Sales


@dataclass(frozen=True, slots=True)
class Sum:
    """Some lines of the history and their money, signed, in units of the currency."""

    invoices: int = 0
    lines: int = 0
    money: Decimal = Decimal(0)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.invoices + other.invoices, self.lines + other.lines, self.money + other.money)


NOTHING = Sum()


def sum_of(lines: Iterable[SaleLine]) -> Sum:
    """Count and add."""
    collected = list(lines)
    return Sum(
        invoices=len({line.invoice for line in collected}),
        lines=len(collected),
        money=sum((line.amount for line in collected), Decimal(0)),
    )


@dataclass(frozen=True, slots=True)
class Account:
    """What became of everything that was read. ``expected`` is what the projection has to show.

    ``take_backs`` are lines of the history that became returns of orders that count as ordered.
    """

    currency: str
    read: Sum
    ordered: Sum
    take_backs: Sum
    refused: dict[str, Sum]
    unfinished: Sum
    unpaid: int
    expected: Figures
    money_expected: bool

    @property
    def all_refused(self) -> Sum:
        """Refused for any reason."""
        return sum(self.refused.values(), NOTHING)

    def differences(self, sales: Sales) -> Iterator[str]:
        """What does not agree, one sentence each; nothing when all is well."""
        accounted = self.ordered + self.take_backs + self.all_refused + self.unfinished
        # By lines and money: one invoice may be taken back in part and refused in part.
        if (accounted.lines, accounted.money) != (self.read.lines, self.read.money):
            yield f"read {self._words(self.read)}, accounted for {self._words(accounted)}"
        if self.unfinished.lines:
            yield f"{self._words(self.unfinished)} without an answer: run the same command again to go on"
        if self.unpaid:
            yield f"{self.unpaid} orders are not paid"
        yield from self._against(sales.together)

    def agrees(self, sales: Sales) -> bool:
        """True when the projection shows what it has to show."""
        return not any(self._against(sales.together))

    def _against(self, found: Figures) -> Iterator[str]:
        wanted = self.expected
        for what in ("orders", "lines"):
            if getattr(wanted, what) != getattr(found, what):
                yield f"{what}: {getattr(wanted, what)} ordered, the projection has {getattr(found, what)}"
        for what in ("total", "captured", "refunded") if self.money_expected else ("total",):
            if getattr(wanted, what) != getattr(found, what):
                ours, theirs = (
                    shown(to_decimal(getattr(each, what)), self.currency) for each in (wanted, found)
                )
                yield f"{what}: {ours} by the account, {theirs} in the projection"

    def _words(self, part: Sum) -> str:
        return f"{part.lines:,} lines worth {shown(part.money, self.currency)}"


def make_account(plan: Plan, results: Results, *, pay: bool) -> Account:
    """Add up what was planned and what came of it; ``pay`` when every order had to be paid."""
    ordered = [outcome.purchase for outcome in results.ordered]
    paid = {outcome.purchase.invoice.number for outcome in results.ordered if outcome.paid}
    return Account(
        currency=plan.currency,
        read=_read(plan),
        ordered=sum_of(line for purchase in ordered for line in purchase.invoice.lines),
        take_backs=sum_of(line for each in results.taken_back for line in each.step.invoice.lines),
        refused=_by_reason(every_refusal(plan, results)),
        unfinished=sum_of(line for each in results.unfinished for line in each.step.invoice.lines),
        unpaid=sum(1 for each in ordered if each.invoice.number not in paid) if pay else 0,
        expected=Figures(
            orders=len(ordered),
            lines=sum(len(each.lines) for each in ordered),
            total=plan.money(each.total for each in ordered),
            captured=plan.money(each.total for each in ordered if each.invoice.number in paid),
            refunded=plan.money(outcome.step.money for outcome in results.taken_back),
        ),
        money_expected=pay,
    )


def every_refusal(plan: Plan, results: Results) -> list[Refusal]:
    """Ours and the API's, in the order of the file."""
    theirs = (refusal for refused in results.refused for refusal in refused.refusals)
    return sorted((*plan.refusals, *theirs), key=lambda refusal: refusal.line.row)


def _read(plan: Plan) -> Sum:
    invoices = {step.invoice.number for step in plan.steps} | {each.line.invoice for each in plan.refusals}
    return Sum(len(invoices), plan.lines_read, plan.money_read)


def _by_reason(refusals: Iterable[Refusal]) -> dict[str, Sum]:
    lines: dict[str, list[SaleLine]] = {}
    for refusal in refusals:
        lines.setdefault(refusal.reason, []).append(refusal.line)
    return {reason: sum_of(each) for reason, each in lines.items()}
