"""``orderkeep projections``: how read models are doing, building and auditing them, letting streams on."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from ops.errors import OperatorError
from ops.folder import default_folder
from ops.stack import running_database_url

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool
    from adapters.postgres.projections.audit import Completeness
    from adapters.postgres.projections.projection import Projection

projections = typer.Typer(
    name="projections", help="Read models: status, rebuild, resume, audit.", no_args_is_help=True
)
NAME: Final = "orders"
_CONNECTIONS: Final = 3
# A killed rebuild is known to be dead after three seconds.
_PATIENCE: Final = timedelta(seconds=5)
_MOST_SHOWN: Final = 50
_console = Console()
_Name = Annotated[str, typer.Argument(help="Which read model; `status` names them.")]


class _Rate(ProgressColumn):
    """Events per second since this start."""

    def render(self, task: Task) -> Text:
        """The rate, or nothing before it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")


@projections.command()
def status() -> None:
    """Show position, lag as the age of the oldest unprocessed event, and what has stopped."""
    from adapters.postgres.projections.health import PostgresProjections

    async def show(pool: Pool) -> None:
        table = Table("Projection", "Position", "Lag", "Owner", "Stopped")
        healths = await PostgresProjections(pool).health()
        for health in healths:
            lag = f"{health.lag.total_seconds():.3f} s"
            stopped = str(len(health.parked))
            table.add_row(health.name, str(health.position), lag, health.owner or "–", stopped)
        _console.print(table)
        for parked in (stream for health in healths for stream in health.parked):
            told = f"{parked.projection}: {parked.order_id} at version {parked.version}: {parked.error}"
            _console.print(told, markup=False)

    _with_pool(show)


@projections.command()
def rebuild(
    name: _Name = NAME,
    *,
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin again instead of going on where one was interrupted.")
    ] = False,
) -> None:
    """Build a read model from the first event, beside the live one, and swap it in at once.

    Interrupted, the same command goes on where it was. Orders keep coming meanwhile.
    """
    from adapters.postgres.projections.checkpoints import CheckpointMovedError
    from adapters.postgres.projections.rebuild import RebuildRunningError
    from adapters.postgres.projections.rebuild import rebuild as rebuild_beside

    projection = _known(name)

    async def build(pool: Pool) -> None:
        with _bar() as bar:
            task = bar.add_task(name, total=None)

            def told(reached: int, goal: int) -> None:
                bar.update(task, completed=reached, total=goal)

            try:
                reached = await rebuild_beside(
                    pool,
                    f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
                    projection=projection,
                    anew=anew,
                    progress=told,
                    patience=_PATIENCE,
                )
            except RebuildRunningError as error:
                raise OperatorError(f"{name} is being rebuilt by another process") from error
            except CheckpointMovedError as error:
                raise OperatorError(f"another process has taken the rebuild of {name} over") from error
        _console.print(f"{name} is rebuilt up to position {reached} and swapped in.")

    _with_pool(build)


@projections.command()
def resume(
    name: _Name = NAME,
    *,
    stream: Annotated[
        str | None, typer.Option("--stream", "--order", help="Only this one; all stopped ones otherwise.")
    ] = None,
) -> None:
    """Let streams on that a bad event has stopped; one whose event is still bad stops again."""
    from adapters.postgres.projections.batch import resume as resume_streams

    _known(name)

    async def let_on(pool: Pool) -> None:
        gone_on = await resume_streams(pool, name, stream)
        _console.print(f"{len(gone_on)} streams go on again.")

    _with_pool(let_on)


@projections.command()
def audit(name: Annotated[str | None, typer.Argument(help="Only this read model.")] = None) -> None:
    """Compare read models with the streams they come from; exit code 1 if anything is missing. Reads only."""
    from adapters.postgres.projections.audit import audit as compare
    from adapters.postgres.projections.registry import PROJECTIONS

    wanted = [_known(name)] if name else list(PROJECTIONS.values())
    found: list[Completeness] = []

    async def look(pool: Pool) -> None:
        with _bar() as bar:
            for projection in wanted:
                task = bar.add_task(projection.name, total=None)

                def told(reached: int, goal: int, task: Any = task) -> None:
                    bar.update(task, completed=reached, total=goal)

                found.append(await compare(pool, projection, told))

    _with_pool(look)
    _show(found)
    raise typer.Exit(any(result.missing for result in found))


def _show(found: list[Completeness]) -> None:
    table = Table("Projection", "Up to", "Events", "Shown", "Missing")
    for result in found:
        events = sum(stretch.events for stretch in result.stretches)
        shown = sum(stretch.shown for stretch in result.stretches)
        counts = (result.reached, events, shown, len(result.missing))
        table.add_row(result.projection, *(f"{count:,}" for count in counts))
    _console.print(table)
    for result in found:
        for missing in result.missing[:_MOST_SHOWN]:
            _console.print(str(missing), style="red", markup=False)
        if len(result.missing) > _MOST_SHOWN:
            _console.print(f"{result.projection}: and {len(result.missing) - _MOST_SHOWN} more")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
    return Progress(*columns, TimeRemainingColumn(), console=_console)


def _known(name: str) -> Projection[Any]:
    from adapters.postgres.projections.registry import PROJECTIONS

    if name not in PROJECTIONS:
        raise typer.BadParameter(f"there is no projection {name!r}; there are {', '.join(PROJECTIONS)}")
    return PROJECTIONS[name]


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
