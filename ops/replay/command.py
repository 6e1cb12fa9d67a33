"""``orderkeep replay``: the options, and where the API is. The work is done in `run`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ops.folder import default_folder
from ops.replay.columns import Columns
from ops.replay.run import Wishes, run_replay


def replay(
    file: Annotated[Path, typer.Argument(help="The history: CSV in UTF-8 with a header, plain or gzip.")],
    *,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Orders that may begin in a second.")] = None,
    pay: Annotated[bool, typer.Option("--pay", help="Pay every order, and wait for the money.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after that many orders.")] = None,
    currency: Annotated[str, typer.Option(help="Of all prices, ISO 4217.")] = "GBP",
    url: Annotated[str | None, typer.Option(envvar="ORDERKEEP_URL", help="Base URL of the API.")] = None,
    api_key: Annotated[str | None, typer.Option(envvar="ORDERKEEP_API_KEY", help="If it wants one.")] = None,
    refused_file: Annotated[Path | None, typer.Option(help="Where the refused lines go (CSV).")] = None,
    journal: Annotated[Path | None, typer.Option(help="What was done so far; to go on with later.")] = None,
    column_invoice: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
    column_sku: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
    column_title: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
    column_quantity: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
    column_price: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
    column_customer: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
    column_country: Annotated[str | None, typer.Option(help="Name of that column.")] = None,
) -> None:
    """Drive orders from a history through the public API, and account for every line and penny.

    Interrupted, the same command goes on where it was; no order is placed twice.
    """
    wishes = Wishes(
        file=file,
        url=url,
        folder=default_folder(os.environ),
        columns=Columns().renamed(
            invoice=column_invoice,
            sku=column_sku,
            title=column_title,
            quantity=column_quantity,
            price=column_price,
            customer=column_customer,
            country=column_country,
        ),
        currency=_code(currency),
        api_key=api_key,
        rate=rate,
        pay=pay,
        limit=limit,
        refused_file=refused_file,
        journal=journal,
    )
    raise typer.Exit(run_replay(wishes, Console()))


def _code(currency: str) -> str:
    if len(currency) != len("GBP") or not (currency.isascii() and currency.isalpha()):
        raise typer.BadParameter(f"{currency!r} is no ISO 4217 code", param_hint="--currency")
    return currency.upper()
