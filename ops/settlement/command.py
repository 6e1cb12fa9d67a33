"""``orderkeep settlement``: statements as tables, JSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from api.money_text import amount_text
from domain.money import Money
from ops.settlement.calls import Key, MoneyApi, Url

settlement = typer.Typer(
    name="settlement", help="Who gets what of orders' money: statements.", no_args_is_help=True
)
_console = Console()
_PARTS = ("goods", "commission", "delivery", "charges", "reductions", "amount")


class Form(StrEnum):
    """How a statement is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@settlement.command()
def statements(
    *,
    party: Annotated[
        str | None, typer.Option(help="merchant:<id>, platform or channel; all of them otherwise.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    url: Url = None,
    api_key: Key = None,
) -> None:
    """List statements, newest first."""
    query: dict[str, str | int] = {"limit": limit, **({"party": party} if party else {})}
    found = MoneyApi(url, api_key).get("/v1/statements", **query)["items"]
    table = Table("Statement", "No.", "Party", "Period", "Cycle", "Entries", "Amount")
    for made in found:
        amount = _text(made["sums"]["amount"], made["currency"])
        row = (made["id"], made["number"], made["party"], made["period"], made["cycle"], made["entry_count"])
        table.add_row(*map(str, row), amount)
    _console.print(table)


@settlement.command()
def show(
    statement_id: Annotated[str, typer.Argument(help="The statement's id.")],
    *,
    form: Annotated[Form, typer.Option(help="How to print it.")] = Form.TABLE,
    url: Url = None,
    api_key: Key = None,
) -> None:
    """Print one statement."""
    api, path = MoneyApi(url, api_key), f"/v1/statements/{statement_id}"
    if form is Form.CSV:
        typer.echo(api.text(f"{path}.csv"), nl=False)
        return
    made = api.get(path)
    if form is Form.JSON:
        typer.echo(json.dumps(made, indent=1, ensure_ascii=False))
        return
    title = f"{made['party']}, statement {made['number']} for {made['period']} ({made['cycle']})"
    _console.print(statement_table(title, made))


@settlement.command(name="open")
def open_statement(
    party: Annotated[str, typer.Argument(help="merchant:<id>, platform or channel.")],
    *,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "CNY",
    url: Url = None,
    api_key: Key = None,
) -> None:
    """Print what the next statement of a party will have, as far as it is known."""
    made = MoneyApi(url, api_key).get("/v1/statements/open", party=party, currency=currency)
    _console.print(statement_table(f"{party}, not stated yet", made))


def statement_table(title: str, made: Mapping[str, Any]) -> Table:
    """A statement, drawn or open, as the API shows it, for people. Parts that say nothing have no column."""
    parts = [part for part in _PARTS if part == "amount" or any(entry[part] for entry in made["entries"])]
    # Order numbers are what people read out: they are never cut.
    number = Column("Order", no_wrap=True)
    table = Table(number, "What", *(part.capitalize() for part in parts), title=title)
    currency = made["currency"]
    for entry in made["entries"]:
        table.add_row(entry["order_number"], entry["kind"], *_row(entry, parts, currency))
    table.add_section()
    table.add_row("", "sum", *_row(made["sums"], parts, currency))
    return table


def _row(sums: Mapping[str, int], parts: Sequence[str], currency: str) -> list[str]:
    return [_text(sums[part], currency) if sums[part] or part == "amount" else "" for part in parts]


def _text(amount: int, currency: str) -> str:
    return amount_text(Money(amount, currency))
