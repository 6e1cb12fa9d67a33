"""``orderkeep verify``: the checks as a table, exit code 1 when anything is wrong."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.errors import OperatorError
from ops.folder import default_folder
from ops.stack import running_database_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.verify.running import Wanted
    from ops.verify.tally import Tally

_console = Console()


def verify(
    *,
    stream: Annotated[
        str | None, typer.Option(help="Only this stream: an order's id, price:ID or buyer:ID.")
    ] = None,
    write_anchor: Annotated[
        Path | None, typer.Option(help="Write where every chain stands, to keep elsewhere.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="An anchor of earlier: nothing up to there may be another.")
    ] = None,
) -> None:
    """Check everything that is stored: nothing changed, nothing missing, all books agree. Writes nothing."""
    from ops.verify.running import Wanted

    if stream is not None and write_anchor is not None:
        raise typer.BadParameter("an anchor is of all streams: leave out --stream")
    wanted = Wanted(stream, against, write_anchor)
    with _console.status("reading") as status:
        tallies = _found(_database_url(), wanted, lambda said: status.update(escape(said)))
    _console.print(table_of(tallies))
    wrong = sum(tally.wrong for tally in tallies)
    for tally in tallies:
        for line in tally.shown:
            _console.print(f"{tally.name}: {line}", markup=False, highlight=False, soft_wrap=True)
        if tally.wrong > len(tally.shown):
            _console.print(f"{tally.name}: and {tally.wrong - len(tally.shown)} more")
    if write_anchor is not None:
        said = "not written: there are findings" if wrong else f"written to {write_anchor}; keep it elsewhere"
        _console.print(f"Anchor {said}.", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(bool(wrong))


def table_of(tallies: Sequence[Tally]) -> Table:
    """What was looked at and what was found."""
    table = Table("", "Check", "Promise", "Looked at", "Wrong")
    for tally in tallies:
        sign = "[red]wrong[/]" if tally.wrong else "[green]right[/]"
        row = (sign, tally.name, tally.promise, f"{tally.counted:,} {tally.of}", str(tally.wrong))
        table.add_row(*row)
    return table


def _found(database_url: str, wanted: Wanted, tell: Callable[[str], None]) -> list[Tally]:
    import asyncpg

    from ops.verify.running import verify as run

    try:
        return asyncio.run(run(database_url, wanted, tell))
    except asyncpg.UndefinedTableError:
        raise OperatorError("not verified: the database has no events yet") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Its text may have the address, and that a password.
        raise OperatorError(f"not verified: the database cannot be read ({type(error).__name__})") from None


def _database_url() -> str:
    url = os.environ.get("DATABASE_URL") or running_database_url(default_folder(os.environ))
    if not url:
        raise OperatorError("no database: set DATABASE_URL, or start one with `orderkeep up`")
    return url
