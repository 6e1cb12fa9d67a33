"""The API's composition and its process. Everything else in this folder is given what it needs."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI

from activities.erasure_desk import ErasureDesk
from activities.histories import Histories
from activities.price_desk import PriceDesk, Sources
from activities.proposal_desk import ProposalDesk
from activities.reconciliation_desk import ReconciliationDesk
from activities.repairing import Repairs
from activities.settlement_desk import SettlementDesk
from adapters.settings import Settings
from adapters.wiring import OUTAGES, Adapters, open_adapters
from api import documentation, handlers
from api.access import ApiKeys
from api.background import Background
from api.callbacks import CallbackDesk
from api.checkout import Checkout, CheckoutRules
from api.dependencies import ApiPorts, Probe, Services
from api.edge import Edge, Limits
from api.grpc.serving import serving
from api.holds import HoldDesk
from api.idempotency import Once
from api.opening import Opening
from api.order.after_sale import AfterSaleCommands
from api.order.carriers import CarrierDesk
from api.order.commands import OrderCommands
from api.order.fulfilment import FulfilmentCommands
from api.order.reading import OrderReader
from api.order.streams import OrderStreams, StreamLimits
from api.pricing.waterfall import WaterfallPainter
from api.routes import (
    audit,
    buyers,
    callbacks,
    catalogue,
    contracts,
    fee_rules,
    figures,
    health,
    holds,
    metrics,
    order_commands,
    order_fulfilment,
    order_notes,
    order_streams,
    orders,
    price_changes,
    prices,
    projections,
    proposals,
    quotes,
    read_models,
    reconciliations,
    refunds,
    returns,
    settlements,
    shipments,
    warehouses,
)
from domain.history.aggregates import ORDER, PROPOSAL
from workflows.accepting import Accepting
from workflows.client import OrderWorkflows
from workflows.starting import policies_from

# In the order of the documentation.
_PARTS = (
    quotes,
    prices,
    holds,
    orders,
    order_commands,
    order_streams,
    order_fulfilment,
    returns,
    refunds,
    order_notes,
    catalogue,
    warehouses,
    buyers,
    fee_rules,
    price_changes,
    proposals,
    settlements,
    reconciliations,
    callbacks,
    shipments,
    figures,
    read_models,
    audit,
    projections,
    contracts,
    health,
    metrics,
)
_DRAIN_SECONDS = 5.0
_STOP_SECONDS = 10
_PROBE = timedelta(seconds=2)
_DESCRIPTION = "Orders that are never lost and prices that are never wrong. Money is in minor units."
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_log = logging.getLogger(__name__)
# After-sale knows no currency until it has read the order, and no price is compared there.
_NO_CURRENCY = "XXX"


def create_app(settings: Settings, ports: ApiPorts | None = None, limits: Limits | None = None) -> FastAPI:
    """The application. Without `ports` it opens the real ones at its start, and closes them at its end."""
    access = ApiKeys(key.get_secret_value() for key in settings.api_keys)
    app = FastAPI(
        title="Orderkeep",
        version=version("orderkeep"),
        description=_DESCRIPTION,
        lifespan=_lifespan(settings, ports, access),
        redirect_slashes=False,
    )
    for part in _PARTS:
        app.include_router(part.router)
    handlers.install(app)
    outages = ports.outages if ports else OUTAGES
    app.add_middleware(Edge, access=access, outages=outages, limits=limits or Limits())
    app.openapi = lambda: documentation.complete(app)  # type: ignore[method-assign] # FastAPI's documented way
    if access.is_open:
        _log.warning("no API keys are set: everybody who reaches this address may call")
    return app


def build_services(settings: Settings, ports: ApiPorts, streams: StreamLimits | None = None) -> Services:
    """The use cases over `ports`."""
    background, opening = Background(), Opening(ports.personal)
    histories = Histories(ORDER, ports.events, ports.aggregate_snapshots)
    reader = OrderReader(histories, ports.intake, ports.cache, background)
    rules = CheckoutRules(settings, settings.first_answer_seconds, settings.payment_task_queue)
    checkout = Checkout(
        accepting=Accepting(ports.snapshots, ports.intake, ports.clock, ports.ids, ports.personal),
        workflows=ports.workflows,
        orders=reader,
        background=background,
        rules=rules,
    )
    fulfilment = FulfilmentCommands(ports.workflows, reader)
    desk = CallbackDesk(
        gateways=ports.gateways,
        references=ports.references,
        inbox=ports.inbox,
        attempts=ports.attempts,
        workflows=ports.workflows,
        background=background,
        clock=ports.clock,
    )
    stores = Sources(ports.price_book, ports.promotions)
    prices = PriceDesk(
        stores=stores,
        shown=ports.shown or stores,
        wallets=ports.wallets,
        snapshots=ports.snapshots,
        stock=ports.stock,
        ids=ports.ids,
        outages=ports.outages,
    )
    settling = SettlementDesk(
        ports.feed, ports.events, ports.snapshots, ports.settlements, ports.statements, ports.notices
    )
    return Services(
        ports=ports,
        background=background,
        histories=histories,
        proposal_histories=Histories(PROPOSAL, ports.events, ports.aggregate_snapshots),
        orders=reader,
        checkout=checkout,
        commands=OrderCommands(ports.workflows, reader),
        fulfilment=fulfilment,
        after_sale=AfterSaleCommands(ports.workflows, reader),
        opening=opening,
        erasing=ErasureDesk(ports.personal, histories, ports.intake, ports.views, ports.cache),
        streams=OrderStreams(ports.events, reader, opening, streams or StreamLimits()),
        callbacks=desk,
        carriers=CarrierDesk(ports.carrier, fulfilment, ports.clock),
        once=Once(ports.requests, ports.clock),
        review=ProposalDesk(ports.proposals, ports.catalogue),
        desk=prices,
        holds=HoldDesk(
            stock=ports.stock,
            catalogue=ports.catalogue,
            wallets=ports.wallets,
            clock=ports.clock,
            ids=ports.ids,
        ),
        painter=WaterfallPainter(),
        settling=settling,
        reconciling=ReconciliationDesk(
            settling, ports.ledger, ports.reconciliations, ports.reports, ports.gateways
        ),
        repairs=Repairs(ports.gateways, ports.inbox, ports.attempts, ports.workflows),
    )


@asynccontextmanager
async def open_ports(settings: Settings) -> AsyncIterator[ApiPorts]:
    """The real ports. Temporal, Valkey and the provider may be away; Postgres may not."""
    async with open_adapters(settings, application="orderkeep-api") as adapters:
        yield ApiPorts(
            clock=adapters.clock,
            ids=adapters.ids,
            events=adapters.events,
            intake=adapters.intake,
            requests=adapters.requests,
            notices=adapters.notices,
            notes=adapters.notes,
            entitlements=adapters.entitlements,
            aggregate_snapshots=adapters.aggregate_snapshots,
            audit=adapters.audit,
            personal=adapters.personal,
            carrier=adapters.carrier,
            gateways=adapters.gateways,
            reports=adapters.reports,
            feed=adapters.feed,
            settlements=adapters.settlements,
            statements=adapters.statements,
            ledger=adapters.ledger,
            reconciliations=adapters.reconciliations,
            references=adapters.references,
            attempts=adapters.attempts,
            inbox=adapters.inbox,
            catalogue=adapters.catalogue,
            price_book=adapters.prices,
            promotions=adapters.promotions,
            wallets=adapters.wallets,
            snapshots=adapters.snapshots,
            price_checks=adapters.checks,
            stock=adapters.stock,
            warehouses=adapters.warehouses,
            views=adapters.views,
            read_models=adapters.read_models,
            projections=adapters.projections,
            cache=adapters.cache,
            proposals=adapters.proposals,
            workflows=OrderWorkflows(adapters.temporal, settings, policies_from(settings, _NO_CURRENCY)),
            shown=Sources(adapters.shown_prices, adapters.shown_promotions),
            probes=_probes(adapters),
            outages=OUTAGES,
        )


def main() -> None:
    """Run the API as a process, with its settings from the environment."""
    # The server ends gracefully and then raises the signal again: that is a clean end, with exit code 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT)
    settings = Settings()
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def _lifespan(
    settings: Settings, ports: ApiPorts | None, access: ApiKeys
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = nullcontext(ports) if ports else open_ports(settings)
        async with opened as found:
            app.state.services = services = build_services(settings, found)
            try:
                async with serving(settings.api_host, settings.grpc_port, services, access) as app.state.grpc:
                    yield
            finally:
                services.painter.close()
                await services.background.drain(_DRAIN_SECONDS)

    return lifespan


def _probes(adapters: Adapters) -> dict[str, Probe]:
    async def database() -> object:
        return await adapters.pool.fetchval("select 1")

    async def temporal() -> object:
        return await adapters.temporal.service_client.check_health(timeout=_PROBE)

    probes: dict[str, Probe] = {health.NEEDED: database, "temporal": temporal}
    return probes | ({"valkey": adapters.redis.ping} if adapters.redis else {})
