"""``orderkeep history`` and ``orderkeep audit``: an order as it was, and who did what, when and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from domain.ports.audit import AuditEntry, AuditSubject
from ops.errors import OperatorError
from ops.history.asking import Past, order_as_it_was, past_of, with_pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.postgres.pool import Pool
    from domain.money import Money
    from domain.order.order import Order

_console = Console()


def history(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")],
    *,
    version: Annotated[int | None, typer.Option(min=1, help="As it was at this version.")] = None,
    at: Annotated[
        str | None, typer.Option(help="As it was known then, such as 2026-11-11T12:00:00+08:00.")
    ] = None,
) -> None:
    """Print an order as it is or was, and the events that made it so. Nothing personal is printed."""
    if version is not None and at is not None:
        raise typer.BadParameter("either --version or --at")
    moment = _moment(at) if at is not None else None

    async def ask(pool: Pool) -> Past:
        return await order_as_it_was(past_of(pool), order_id, version, moment)

    from domain.history.auditing import entry_of

    past = with_pool(ask)
    _console.print(_state(past))
    _print_steps(map(entry_of, past.events))


def audit(
    subject: Annotated[AuditSubject, typer.Argument(help="What is asked about.")],
    name: Annotated[str, typer.Argument(metavar="ID", help="An order's id, a refund's key, or a SKU.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many entries at most, the oldest first.")] = 1_000,
) -> None:
    """Print who did what to an order, a refund or the price of a SKU, when, why and caused by what."""

    async def ask(pool: Pool) -> Sequence[AuditEntry]:
        from adapters.postgres.audit import PostgresAuditTrail

        return await PostgresAuditTrail(pool).of(subject, name, limit + 1)

    entries = with_pool(ask)
    if not entries:
        raise OperatorError(f"nothing ever happened to {subject} {name}")
    _print_steps(entries[:limit], streams=subject is AuditSubject.PRICE)
    if len(entries) > limit:
        _console.print(f"There is more than these {limit}: ask with a higher --limit.")


def drop_snapshots(
    order: Annotated[str | None, typer.Option(help="Only this order's; all otherwise.")] = None,
) -> None:
    """Forget states that were kept to read long orders faster. They come back by themselves."""

    async def drop(pool: Pool) -> int:
        return await past_of(pool).snapshots.drop(order)

    _console.print(f"{with_pool(drop)} snapshots are dropped.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} names no zone, such as Z or +08:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(f"{text!r} lies outside the calendar") from None


def _state(past: Past) -> Table:
    table = Table("", f"{past.order.id} at version {past.order.version}", title_justify="left")
    for name, value in _facts(past.order):
        table.add_row(name, escape(value))
    table.add_row("known since", _shown(past.recorded_at))
    return table


def _facts(order: Order) -> Iterable[tuple[str, str]]:
    yield "number", order.number
    yield "status", order.status
    yield "payment", order.payment_status
    yield "fulfilment", order.fulfilment_status
    yield "after sale", order.after_sale_status
    for line in order.lines:
        yield f"line {line.line}", f"{line.quantity} × {line.sku} at {_text(line.unit_price)}"
    sums = (order.goods, order.delivery_fee, order.other_charges)
    yield "total", f"{' + '.join(map(_text, sums))} = {_text(order.total)}"
    yield "captured", _text(order.captured)
    yield "refunded", _text(order.refunded)


def _print_steps(entries: Iterable[AuditEntry], *, streams: bool = False) -> None:
    """A line for who, when and why, and below it what changed: a table would cut it all to pieces."""
    workflow = ""
    for entry in entries:
        if entry.workflow_id != workflow:
            workflow = entry.workflow_id
            _console.print(f"[dim]by workflow {escape(workflow)}[/]" if workflow else "", soft_wrap=True)
        place = f"{entry.stream_id} {entry.version}" if streams else f"{entry.version:>3}"
        who = f"{entry.who}, step {entry.why}" if entry.why else entry.who
        cause = f", caused by {entry.caused_by}" if entry.caused_by else ""
        said = f"[bold]{escape(entry.what)}[/] by {escape(who + cause)}"
        _console.print(f"{place}  {_shown(entry.occurred_at)}  {said}", soft_wrap=True)
        if entry.change:
            _console.print(f"     {escape(entry.change)}", soft_wrap=True)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _text(money: Money) -> str:
    from api.money_text import amount_text

    return f"{amount_text(money)} {money.currency}"
