"""``orderkeep deploy``: which version of the workers takes new work, for people to see and to say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from temporalio.client import Client

from ops.deployment import Deployment, DeploymentState
from ops.errors import NotConfiguredError

deploy = typer.Typer(
    name="deploy", help="Versions of the workers: current, ramp, status.", no_args_is_help=True
)
_console = Console()
_BuildId = Annotated[str, typer.Argument(help="ORDERKEEP_BUILD_ID of workers that run already.")]


@deploy.command()
def current(build_id: _BuildId) -> None:
    """Send all new work to a version; orders that run end on the version that they began on."""

    async def tell(deployment: Deployment) -> None:
        await deployment.make_current(build_id)
        _show(await deployment.state())

    _with_deployment(tell)


@deploy.command()
def ramp(
    build_id: _BuildId, percent: Annotated[float, typer.Argument(min=0, max=100, help="Of new work.")]
) -> None:
    """Send a share of new work to a version, to see how it does."""

    async def tell(deployment: Deployment) -> None:
        await deployment.ramp(build_id, percent)
        _show(await deployment.state())

    _with_deployment(tell)


@deploy.command()
def status() -> None:
    """Show all versions; workers of a drained one may be stopped."""

    async def tell(deployment: Deployment) -> None:
        _show(await deployment.state())

    _with_deployment(tell)


def _show(state: DeploymentState) -> None:
    table = Table("Version", "State", "Share of new work")
    for version in state.versions:
        table.add_row(version.build_id, version.state, _share(state, version.build_id))
    _console.print(table)
    if not state.current:
        _console.print("No version is current: new work waits for workers without one.")


def _share(state: DeploymentState, build_id: str) -> str:
    if build_id == state.ramping:
        return f"{state.share:g} %"
    return f"{100 - state.share:g} %" if build_id == state.current else "–"


def _with_deployment(work: Callable[[Deployment], Awaitable[None]]) -> None:
    from adapters.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        raise NotConfiguredError(str(error)) from error
    if not settings.deployment or not settings.temporal_address:
        raise NotConfiguredError("set TEMPORAL_ADDRESS and ORDERKEEP_DEPLOYMENT, as for the workers")

    async def run() -> None:
        try:
            client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace)
        except RuntimeError as error:  # what the SDK raises when nobody answers there
            raise NotConfiguredError(f"Temporal at {settings.temporal_address} does not answer") from error
        await work(Deployment(client, settings.deployment))

    asyncio.run(run())
