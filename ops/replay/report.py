"""Prints an account as a table: the history's side first, then the projection's. Decides nothing."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from ops.replay.account import Account, Sum
from ops.replay.minor_units import shown, to_decimal
from ops.replay.pace import StopWatch
from ops.replay.sales import Figures, Sales

_MILLISECONDS = 1_000


def print_account(console: Console, account: Account, sales: Sales, differences: Iterable[str]) -> None:
    """Both sides and the verdict."""
    console.print(history_table(account))
    console.print(projection_table(account, sales))
    found = list(differences)
    for difference in found:
        console.print(f"[red]does not agree:[/] {difference}", highlight=False)
    if not found:
        console.print("[green]Every line and every penny is accounted for, twice.[/]")


def history_table(account: Account) -> Table:
    """What became of the lines that were read."""
    table = _table("The account", "Invoices", "Lines", "Money")

    def row(label: str, part: Sum, style: str | None = None) -> None:
        table.add_row(
            label, f"{part.invoices:,}", f"{part.lines:,}", shown(part.money, account.currency), style=style
        )

    row("read", account.read, "bold")
    row("= ordered", account.ordered, "bold")
    row("+ taken back: returned and refunded", account.take_backs)
    row("+ refused", account.all_refused, "bold")
    for reason, part in sorted(account.refused.items()):
        row(f"    {reason}", part, "dim")
    if account.unfinished.lines:
        row("+ without an answer", account.unfinished, "red")
    return table


def projection_table(account: Account, sales: Sales) -> Table:
    """The same orders as the read side has them."""
    headings = ("Orders", "Lines", "Total", "Captured", "Refunded")
    table = _table("The same, from the projection", *headings)

    def row(label: str, part: Figures, style: str | None = None) -> None:
        money = (
            shown(to_decimal(each), account.currency) for each in (part.total, part.captured, part.refunded)
        )
        table.add_row(label, f"{part.orders:,}", f"{part.lines:,}", *money, style=style)

    row("expected", account.expected, "bold")
    row("found", sales.together, "bold")
    for status, part in sorted(sales.by_status.items()):
        row(f"    {status}", part, "dim")
    return table


def speed(watch: StopWatch) -> str:
    """One line: how fast the orders of this run were taken."""
    return (
        f"{watch.answers:,} orders placed, {watch.per_second:.1f} a second; first answer "
        f"p50 {watch.p50 * _MILLISECONDS:.0f} ms, p99 {watch.p99 * _MILLISECONDS:.0f} ms"
    )


def _table(title: str, *headings: str) -> Table:
    table = Table("", title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
