"""The ``orderkeep`` command line: what an operator drives. Each command only calls what does the work.

Work is imported inside the commands, so that ``orderkeep --help`` does not load the whole product.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.buyers import buyers
from ops.contracts import contracts
from ops.deploy import deploy
from ops.errors import OperatorError
from ops.folder import DataFolder, default_folder
from ops.history.command import audit, drop_snapshots, history
from ops.messaging.command import consumer, publisher
from ops.projections import projections
from ops.replay.command import replay
from ops.services import ServiceName, run_service
from ops.settlement.command import settlement
from ops.settlement.reconcile import reconcile
from ops.verify.command import verify


class _CommandLine(typer.Typer):
    """Ends cleanly on SIGTERM, and prints failures an operator can act on without a traceback."""

    def __call__(self, *args: object, **kwargs: object) -> None:
        """Run the command that the arguments name."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            super().__call__(*args, **kwargs)
        except OperatorError as error:
            Console(stderr=True).print(
                f"orderkeep: {error}", style="red", markup=False, highlight=False, soft_wrap=True
            )
            sys.exit(1)


app = _CommandLine(
    help="Orderkeep: an order centre that never loses an order and never charges a wrong price.",
    no_args_is_help=True,
    add_completion=False,
)
console = Console()


@app.command()
def up() -> None:
    """Start servers and all processes, sandbox provider and carrier too; stay until Ctrl-C."""
    from ops.up import run_up

    raise typer.Exit(run_up(default_folder(os.environ), console))


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End after the scenarios instead of staying up.")
    ] = False,
    stories: Annotated[
        Path | None, typer.Option(help="Write a page about each scenario into this folder.")
    ] = None,
) -> None:
    """Start everything and drive the scenarios through the public API."""
    from ops.demo import run_demo

    raise typer.Exit(run_demo(once=once, stories=stories))


@app.command()
def api() -> None:
    """Run the HTTP API alone, against configured servers."""
    run_service(ServiceName.API)


@app.command()
def worker() -> None:
    """Run the Temporal worker alone, against configured servers."""
    run_service(ServiceName.WORKER)


@app.command()
def projector() -> None:
    """Run the projector alone, against configured servers."""
    run_service(ServiceName.PROJECTOR)


@app.command()
def provider() -> None:
    """Run the sandbox payment provider alone."""
    run_service(ServiceName.PROVIDER)


@app.command()
def carrier() -> None:
    """Run the sandbox carrier alone."""
    run_service(ServiceName.CARRIER)


@app.command()
def codec() -> None:
    """Run the codec server, by which Temporal's pages show encrypted payloads."""
    from ops.codec import main

    main()


@app.command()
def doctor() -> None:
    """Name what is missing and books that contradict, with remedies; exit code 1 if there is any."""
    from ops.doctor import State, examine

    findings = examine(default_folder(os.environ), os.environ)
    table = Table("", "Prerequisite", "Found")
    colours = {State.FINE: "green", State.LATER: "yellow"}
    for finding in findings:
        sign = f"[{colours.get(finding.state, 'red')}]{finding.state}[/]"
        table.add_row(sign, finding.name, escape(finding.found))
    console.print(table)
    for finding in findings:
        if finding.state is not State.FINE:
            console.print(f"{finding.name}: {finding.remedy}")
    raise typer.Exit(any(finding.state in {State.MISSING, State.WRONG} for finding in findings))


@app.command()
def migrate(
    database_url: Annotated[
        str, typer.Option(envvar="DATABASE_URL", help="The database to bring up to date.")
    ],
    *,
    seed: Annotated[bool, typer.Option("--seed", help="Put the demo catalogue in as well.")] = False,
) -> None:
    """Bring the schema of a configured database up to date."""
    from adapters.postgres.migrations import migrate as bring_up_to_date
    from ops.stack import prepare_database

    (prepare_database if seed else bring_up_to_date)(database_url)
    console.print("The schema is up to date.")


@app.command()
def reset(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all data of this copy: orders, events, workflows. Refuses while it runs."""
    path = default_folder(os.environ)
    if not path.exists():
        console.print(f"{path} does not exist; nothing to remove.")
        return
    with DataFolder(path) as folder:
        if not yes:
            typer.confirm(f"Remove all orders and other data in {path}?", abort=True)
        folder.empty()
    console.print(f"{path} is empty.")


app.command()(history)
app.command()(audit)
app.command()(drop_snapshots)
app.command()(replay)
app.command()(reconcile)
app.command()(verify)
app.add_typer(buyers)
app.add_typer(deploy)
app.add_typer(consumer)
app.add_typer(contracts)
app.add_typer(projections)
app.add_typer(publisher)
app.add_typer(settlement)

if __name__ == "__main__":
    app()
