"""The table at the end of the demo. Shows what was told; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from ops.demo import Told


def print_scenarios(console: Console, told: Sequence[Told], ui_url: str | None, namespace: str) -> None:
    """One row for each scenario, then in words what went wrong."""
    table = Table("", "Scenario", "Order", "Status", "Payment", "Captured", "Refunded", "ms", "Workflow")
    for column in table.columns[5:8]:
        column.justify = "right"
    for each in told:
        table.add_row(
            *_row(each, ui_url, namespace, clickable=console.is_terminal), style="red" if each.wrong else None
        )
    console.print(table)
    wrong = [each for each in told if each.wrong]
    for each in wrong:
        console.print(f"[red]{each.scenario.number} {escape(each.scenario.title)}:[/] {escape(each.wrong)}")
    if not wrong:
        skipped = sum(bool(each.skipped) for each in told)
        console.print(
            f"[green]{len(told) - skipped} scenarios, all right.[/]" + f" {skipped} skipped." * bool(skipped)
        )


def workflow_url(ui_url: str, namespace: str, order_id: str) -> str:
    """The page of an order's workflow."""
    return f"{ui_url}/namespaces/{quote(namespace, safe='')}/workflows/{quote(f'order:{order_id}', safe='')}"


def _row(told: Told, ui_url: str | None, namespace: str, *, clickable: bool) -> tuple[str, ...]:
    number, title = str(told.scenario.number), told.scenario.title
    if told.story is None:
        return (
            number,
            title,
            "",
            "skipped" if told.skipped else "wrong",
            "",
            "",
            "",
            str(told.milliseconds),
            "",
        )
    order = told.story.order
    link = _link(order["id"], ui_url, namespace, clickable=clickable)
    money = (shown(order.get("captured")), shown(order.get("refunded")))
    states = (order["status"], str(order.get("payment_status") or "").replace("_", " "))
    return (number, title, order["number"], *states, *money, f"{told.milliseconds:,}", link)


def _link(order_id: str, ui_url: str | None, namespace: str, *, clickable: bool) -> str:
    """A terminal shows the short name and opens the page; a log needs the address itself."""
    if ui_url is None:
        return f"order:{order_id}"
    url = workflow_url(ui_url, namespace, order_id)
    return f"[link={url}]order:{order_id}[/link]" if clickable else url


def shown(money: Mapping[str, Any] | None) -> str:
    """The demo sells in a currency of two decimal places; a dash where there is no figure."""
    if money is None:
        return "–"
    return f"{Decimal(money['amount']).scaleb(-2):,.2f} {money['currency']}"
