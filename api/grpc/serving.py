"""The gRPC server of one API process: our services, health and reflection, on a port of their own."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from api.access import ApiKeys
from api.dependencies import Services
from api.edge import BODY_LIMIT, Limits
from api.grpc import inventory, orders, pricing
from api.grpc.calls import Calls, Handlers
from domain.ports.intake import IntakeEntry
from workflows.accepting import Accepting
from workflows.order_context import LiveOrderContext

_BEGIN_SECONDS: Final = 10.0
_GRACE_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(
    host: str, port: int | None, services: Services, access: ApiKeys, limits: Limits | None = None
) -> AsyncIterator[int | None]:
    """Serve the use cases until the block ends, as `answering` does it; without a port nothing is served."""
    if port is None:
        yield None
        return
    ports = services.ports
    calls = Calls(access, ports.outages)
    handlers = {
        orders.SERVICE: orders.OrderCalls(context_over(services)).handlers(calls),
        pricing.SERVICE: pricing.PricingCalls(services.desk, ports.snapshots, ports.clock).handlers(calls),
        inventory.SERVICE: inventory.InventoryCalls(ports.stock, ports.clock).handlers(calls),
    }
    async with answering(f"{host}:{port}", handlers, limits or Limits()) as chosen:
        _log.info("gRPC on port %s", chosen)
        yield chosen


@asynccontextmanager
async def answering(address: str, services: Mapping[str, Handlers], limits: Limits) -> AsyncIterator[int]:
    """Answer calls of these services until the block ends, which waits for running ones; yields the port.

    Without TLS, as HTTP is: that is for whatever stands in front of both. Raises `RuntimeError` for an
    address that cannot be had.
    """
    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", BODY_LIMIT), ("grpc.so_reuseport", 0)],
        maximum_concurrent_rpcs=limits.requests,
    )
    for name, handlers in services.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, dict(handlers)),))
    alive = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(alive, server)
    for name in services:
        await alive.set(name, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((*services, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    port = server.add_insecure_port(address)
    await server.start()
    try:
        yield port
    finally:
        await alive.enter_graceful_shutdown()
        await server.stop(_GRACE_SECONDS)


def context_over(services: Services) -> LiveOrderContext:
    """Orders for other contexts over these use cases; an accepted order is begun at once, by the side."""
    ports = services.ports

    async def started(entry: IntakeEntry) -> None:
        await services.checkout.late_answer(entry)

    async def begin(entry: IntakeEntry) -> None:
        # Too busy for it: the relay begins it.
        services.background.start("begin another context's order", started(entry), _BEGIN_SECONDS)

    accepting = Accepting(ports.snapshots, ports.intake, ports.clock, ports.ids, ports.personal)
    return LiveOrderContext(services.histories, accepting, begin)
