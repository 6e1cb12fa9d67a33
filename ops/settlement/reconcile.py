"""``orderkeep reconcile``: a provider's report against our ledger, and what to do about differences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from api.money_text import amount_text
from domain.money import Money
from ops.settlement.calls import ApiRefusedError, Key, MoneyApi, Url

_console = Console()
_DAY = timedelta(days=1)
_Moment = Annotated[datetime | None, typer.Option(help="In UTC, such as 2026-11-20T00:00:00.")]


def reconcile(
    *,
    since: _Moment = None,
    until: _Moment = None,
    provider: Annotated[str, typer.Option(help="Whose report.")] = "sandbox",
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair every difference that can be repaired.")
    ] = False,
    park: Annotated[str | None, typer.Option(help="Put aside what is left, with this note.")] = None,
    url: Url = None,
    api_key: Key = None,
) -> None:
    """Compare a provider's report with our ledger; the last day by default. Exit code 1 if any is open."""
    ends = _utc(until) or datetime.now(UTC)
    begins = _utc(since) or ends - _DAY
    api = MoneyApi(url, api_key)
    body = {"since": begins.isoformat(), "until": ends.isoformat(), "provider": provider}
    run = api.post("/v1/reconciliations", body)
    if repair:
        _each_open(api, run, "repair", {})
    if park:
        _each_open(api, run, "park", {"note": park})
    if repair or park:
        run = api.get(run["links"]["self"])
    _console.print(run_table(run))
    raise typer.Exit(any(found["status"] == "open" for found in run["differences"]))


def run_table(run: Mapping[str, Any]) -> Table:
    """A run as the API shows it, for people."""
    title = f"{run['provider']}: {run['lines_here']} lines here, {run['lines_there']} there"
    long = (Column(name, overflow="fold") for name in ("Payment", "Order"))
    table = Table("Difference", *long, "Ours", "Theirs", "Status", "Note", title=title)
    for found in run["differences"]:
        table.add_row(
            found["fault"],
            found["payment_key"],
            found["order_id"] or "–",
            _line(found["ours"]),
            _line(found["theirs"]),
            found["status"],
            found["note"],
        )
    return table


def _each_open(api: MoneyApi, run: Mapping[str, Any], act: str, body: Mapping[str, Any]) -> None:
    for found in api.get(run["links"]["self"])["differences"]:
        if act in found["links"]:
            try:
                api.post(found["links"][act], body)
            except ApiRefusedError as error:
                _console.print(f"{found['payment_key']}: {error}", markup=False)


def _line(line: Mapping[str, Any] | None) -> str:
    if line is None:
        return "–"
    money = Money(line["amount"]["amount"], line["amount"]["currency"])
    return f"{line['kind']} {amount_text(money)}"


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
