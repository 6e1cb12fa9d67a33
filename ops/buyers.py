"""``orderkeep buyers``: erasing somebody's personal data, and putting keys behind a new master key."""

from __future__ import annotations

import asyncio
import getpass
import os
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from domain.catalogue.items import LONGEST_ID
from ops.errors import OperatorError
from ops.folder import default_folder
from ops.stack import running_database_url

if TYPE_CHECKING:
    from adapters.settings import Settings
    from adapters.wiring import Adapters

# As over HTTP.
_BUYER = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_ID}}}")
buyers = typer.Typer(name="buyers", help="Buyers' personal data: erase, rewrap.", no_args_is_help=True)
_console = Console()
_Result = TypeVar("_Result")


@buyers.command()
def erase(
    buyer_id: Annotated[str, typer.Argument(help="Whose personal data goes, for good.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    even_with_open_orders: Annotated[
        bool, typer.Option("--even-with-open-orders", help="Even if goods of theirs are still to be sent.")
    ] = False,
) -> None:
    """Make everything personal about a buyer unreadable. Orders, money and statistics stay as they are."""
    from activities.erasure_desk import ErasedBuyer, ErasureDesk
    from activities.histories import Histories
    from domain.buyer.erase import GoodsToBeSentError
    from domain.history.aggregates import ORDER

    if not _BUYER.fullmatch(buyer_id):
        raise typer.BadParameter(f"{buyer_id!r} is no id of a buyer")
    if not yes:
        typer.confirm(f"Erase the personal data of {buyer_id}? Nobody can ever bring it back.", abort=True)

    async def work(adapters: Adapters) -> ErasedBuyer:
        histories = Histories(ORDER, adapters.events, adapters.aggregate_snapshots)
        desk = ErasureDesk(adapters.personal, histories, adapters.intake, adapters.views, adapters.cache)
        return await desk.erase(
            buyer_id,
            by=f"cli:{_who()}",
            at=adapters.clock.now(),
            even_with_open_orders=even_with_open_orders,
        )

    try:
        done = _with_adapters(work)
    except GoodsToBeSentError as error:
        waiting = ", ".join(error.orders)
        raise OperatorError(
            f"goods are still to be sent for {waiting}; cancel these orders, wait until they have left,"
            " or use --even-with-open-orders: their parcels are then refused and paid back"
        ) from None
    said = "was erased before" if done.again else "is erased"
    _console.print(f"{buyer_id} {said}. Orders concerned: {done.orders}.")
    for order_id in done.unsent_orders:
        _console.print(f"{order_id}: parcels that are not booked yet will be refused and paid back.")


@buyers.command()
def rewrap() -> None:
    """Put every buyer's key behind the current master key, so that previous ones can be dropped."""
    from adapters.sealing.master_keys import DamagedBuyerKeyError, UnknownMasterKeyError
    from adapters.wiring import personal_data

    settings = _settings()

    async def work(adapters: Adapters) -> int:
        return await personal_data(settings, adapters.pool).rewrap()

    try:
        done = _with_adapters(work)
    except (UnknownMasterKeyError, DamagedBuyerKeyError) as error:
        raise OperatorError(
            f"not all keys are behind the current master key: {type(error).__name__} {error};"
            " name the master key of that id in ORDERKEEP_PERSONAL_DATA_PREVIOUS_KEYS"
        ) from None
    _console.print(f"Put behind the current master key: {done}.")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return str(os.getuid())


def _with_adapters(work: Callable[[Adapters], Awaitable[_Result]]) -> _Result:
    settings = _settings()

    async def run() -> _Result:
        from adapters.wiring import OUTAGES, open_adapters

        try:
            async with open_adapters(settings, application="orderkeep buyers") as adapters:
                return await work(adapters)
        except OUTAGES as error:
            # Its text may have an address, and that a password.
            raise OperatorError(
                f"not finished: a server does not answer ({type(error).__name__}); run it again"
            ) from None

    return asyncio.run(run())


def _settings() -> Settings:
    from adapters.settings import Settings

    settings = Settings()
    if settings.database_url:
        return settings
    url = running_database_url(default_folder(os.environ))
    if not url:
        raise OperatorError("no database: set DATABASE_URL, or start one with `orderkeep up`")
    return settings.model_copy(update={"database_url": url})
