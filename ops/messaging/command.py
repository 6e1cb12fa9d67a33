"""``orderkeep publisher`` and ``orderkeep consumer``: run them, see how they are doing, let streams on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from ops.errors import OperatorError
from ops.folder import default_folder
from ops.services import ServiceName, run_service
from ops.stack import running_database_url

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

publisher = typer.Typer(
    name="publisher",
    help="Publishing events: run it, status, resume, again, go-back.",
    invoke_without_command=True,
)
consumer = typer.Typer(
    name="consumer", help="Taking messages: run it, status, resume.", invoke_without_command=True
)
_CONNECTIONS: Final = 2
_SHOWN: Final = 20  # oldest messages aside of each consumer; all of them could be much
_console = Console()
_Stream = Annotated[str | None, typer.Option(help="Only this stream, such as an order's id.")]


@publisher.callback()
def run_publisher(context: typer.Context) -> None:
    """Run the publisher alone, against configured servers, unless a command follows."""
    if context.invoked_subcommand is None:
        run_service(ServiceName.PUBLISHER)


@publisher.command("status")
def publisher_status() -> None:
    """Show how far each shard is published, who has it, and which streams stand still."""
    from adapters.messaging import publications

    async def show(pool: Pool) -> None:
        table = Table("Shard", "Position", "Lag", "Owner")
        for shard in await publications(pool).status():
            lag = f"{shard.lag.total_seconds():.3f} s"
            table.add_row(str(shard.shard), str(shard.position), lag, shard.owner or "–")
        _console.print(table)
        for stream in await publications(pool).stopped():
            state = " (going on)" if stream.resuming else ""
            text = f"{stream.stream_id} at version {stream.version}{state}: {stream.error}"
            _console.print(text, markup=False)

    _with_pool(show)


@publisher.command("resume")
def publisher_resume(*, stream: _Stream = None) -> None:
    """Try streams again that stand still at an event that could not be sent."""
    from adapters.messaging import publications

    async def let_on(pool: Pool) -> None:
        names = await publications(pool).resume(stream)
        _console.print(f"{len(names)} streams are tried again by the publisher.")

    _with_pool(let_on)


@publisher.command("again")
def publisher_again(
    stream: Annotated[str, typer.Argument(help="The stream, such as an order's id.")],
    *,
    version: Annotated[int, typer.Option(min=1, help="From this version on.")] = 1,
) -> None:
    """Have a stream sent again, for consumers that have lost some of it; all others know repeats."""
    from adapters.messaging import publications

    async def again(pool: Pool) -> None:
        await publications(pool).send_again(stream, version)
        _console.print(f"{stream} is sent again from version {version} on by the publisher.")

    _with_pool(again)


@publisher.command("go-back")
def publisher_go_back(
    since: Annotated[str, typer.Argument(help="A time with its zone, such as 2026-11-21T10:00:00Z.")],
) -> None:
    """Have everything published again since then, for a broker that has lost it; consumers know repeats."""
    from adapters.messaging import publications

    moment = _moment(since)

    async def go_back(pool: Pool) -> None:
        position = await publications(pool).position_before(moment)
        await publications(pool).go_back(position)
        _console.print(f"Everything after position {position} is sent again by the publisher.")

    _with_pool(go_back)


@consumer.callback()
def run_consumer(context: typer.Context) -> None:
    """Run the consumers alone, against configured servers, unless a command follows."""
    if context.invoked_subcommand is None:
        run_service(ServiceName.CONSUMER)


@consumer.command("status")
def consumer_status() -> None:
    """Show how many streams each consumer knows, and the messages that stand aside."""
    from adapters.messaging import ConsumerName, parked_messages
    from adapters.postgres.consumption import totals_of

    async def show(pool: Pool) -> None:
        table = Table("Consumer", "Streams", "Messages aside")
        totals = {name: await totals_of(pool, name.value) for name in ConsumerName}
        for name, (streams, aside) in totals.items():
            table.add_row(name.value, str(streams), str(aside))
        _console.print(table)
        for name, (_, aside) in totals.items():
            shown = await parked_messages(pool, name).parked(_SHOWN) if aside else ()
            for each in shown:
                text = f"{name.value}: message {each.message.id} of {each.message.topic}: {each.error}"
                _console.print(text, markup=False)
            if aside > len(shown):
                _console.print(f"{name.value}: and {aside - len(shown)} more", markup=False)

    _with_pool(show)


@consumer.command("resume")
def consumer_resume(
    name: Annotated[str, typer.Argument(help="stock or notification.")],
    *,
    stream: _Stream = None,
    over_gap: Annotated[bool, typer.Option("--over-gap", help="Go on without missing versions.")] = False,
) -> None:
    """Try parked events of a consumer again, in their order."""
    from adapters.messaging import CONSUMERS, ConsumerName, decode, event_books
    from ops.messaging.hearing import OrderHearing

    if name not in {each.value for each in CONSUMERS}:
        raise typer.BadParameter(f"there is no consumer of events {name!r}")

    async def let_on(pool: Pool) -> None:
        books = event_books(pool, ConsumerName(name), OrderHearing(decode))
        names = await books.resume(stream, over_gap=over_gap)
        _, aside = await books.totals()
        _console.print(f"{len(names)} streams go on again; {aside} messages stand aside.")

    _with_pool(let_on)


def _with_pool(work: Callable[[Pool], Awaitable[None]]) -> None:
    url = os.environ.get("DATABASE_URL") or running_database_url(default_folder(os.environ))
    if not url:
        raise OperatorError("no database: set DATABASE_URL, or start one with `orderkeep up`")

    async def run() -> None:
        from adapters.postgres.pool import open_pool

        pool = await open_pool(url, application="orderkeep messaging", largest=_CONNECTIONS)
        try:
            await work(pool)
        finally:
            await pool.close()

    asyncio.run(run())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        msg = "a time with its zone is needed, such as 2026-11-21T10:00:00Z"
        raise typer.BadParameter(msg)
    return moment
