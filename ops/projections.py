"""``orderkeep projections``: how read models are doing, building them anew, letting stopped orders on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from ops.errors import OperatorError
from ops.folder import default_folder
from ops.stack import running_database_url

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

projections = typer.Typer(
    name="projections", help="Read models: status, rebuild, resume.", no_args_is_help=True
)
NAME: Final = "orders"
_CONNECTIONS: Final = 3
_console = Console()
_Name = Annotated[str, typer.Argument(help="Which read model.")]


@projections.command()
def status() -> None:
    """Show position, lag and stopped orders."""
    from adapters.postgres.projections.health import projection_health

    async def show(pool: Pool) -> None:
        health = await projection_health(pool)
        table = Table("Projection", "Position", "Lag", "Owner", "Stopped orders")
        lag = f"{health.lag.total_seconds():.3f} s"
        table.add_row(health.name, str(health.position), lag, health.owner or "–", str(len(health.parked)))
        _console.print(table)
        for parked in health.parked:
            _console.print(f"{parked.order_id} at version {parked.version}: {parked.error}", markup=False)

    _with_pool(show)


@projections.command()
def rebuild(name: _Name = NAME) -> None:
    """Build a read model anew from the first event, beside the live one, and swap it in at once."""
    from adapters.postgres.projections.rebuild import rebuild as rebuild_beside

    _known(name)

    async def build(pool: Pool) -> None:
        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=_console) as bar:
            task = bar.add_task("events", total=None)

            def told(reached: int, goal: int) -> None:
                bar.update(task, completed=reached, total=goal)

            reached = await rebuild_beside(pool, f"cli-{os.getpid()}", progress=told)
        _console.print(f"{name} is rebuilt up to position {reached} and swapped in.")

    _with_pool(build)


@projections.command()
def resume(
    name: _Name = NAME,
    *,
    order: Annotated[str | None, typer.Option(help="Only this order; all stopped ones otherwise.")] = None,
) -> None:
    """Let orders on that a bad event has stopped; one whose event is still bad stops again."""
    from adapters.postgres.projections.batch import resume as resume_streams

    _known(name)

    async def let_on(pool: Pool) -> None:
        gone_on = await resume_streams(pool, name, order)
        _console.print(f"{len(gone_on)} orders go on again.")

    _with_pool(let_on)


def _known(name: str) -> None:
    if name != NAME:
        raise typer.BadParameter(f"there is no projection {name!r}; there is {NAME!r}")


def _with_pool(work: Callable[[Pool], Awaitable[None]]) -> None:
    url = os.environ.get("DATABASE_URL") or running_database_url(default_folder(os.environ))
    if not url:
        raise OperatorError("no database: set DATABASE_URL, or start one with `orderkeep up`")

    async def run() -> None:
        from adapters.postgres.pool import open_pool

        pool = await open_pool(url, application="orderkeep projections", largest=_CONNECTIONS)
        try:
            await work(pool)
        finally:
            await pool.close()

    asyncio.run(run())
