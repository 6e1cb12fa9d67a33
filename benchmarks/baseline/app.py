"""Both baselines' HTTP front and the naive worker: `python -m benchmarks.baseline.app naive|orm|worker`.

The callback is trusted without a signature check, which favours the baselines.
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import Callable
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header, Request
from pydantic import BaseModel
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from benchmarks.baseline.naive import QUEUE, Activities, NaiveOrder, Wish
from benchmarks.baseline.store import Shop, open_engine

PORT = int(os.environ.get("BASELINE_PORT", "0"))


class Line(BaseModel):
    """How many of what."""

    sku: str
    quantity: int


class Body(BaseModel):
    """An order request."""

    buyer_id: str
    lines: list[Line]


def _shop() -> Shop:
    callback = f"http://127.0.0.1:{PORT}/callback"
    return Shop(open_engine(), os.environ["ORDERKEEP_PROVIDER_URL"], callback)


def _order_of(event: dict[str, object]) -> str | None:
    kind = str(event.get("type", ""))
    return str(event["payment_key"]).removeprefix("pay_") if kind == "payment.captured" else None


def orm_app() -> FastAPI:
    """Baseline (b): no Temporal, each step a commit within the request."""
    app, shop = FastAPI(), _shop()

    @app.post("/orders", status_code=201)
    async def place(body: Body, idempotency_key: Annotated[str, Header()]) -> dict[str, str]:
        order_id = uuid.uuid4().hex
        lines = [(line.sku, line.quantity) for line in body.lines]
        priced = await shop.check_price(lines)
        await shop.reserve(lines)
        total = await shop.create_order(order_id, idempotency_key, body.buyer_id, priced)
        url = await shop.request_payment(order_id, total)
        await shop.save_payment(order_id, url)
        return {"id": order_id, "pay_url": url}

    @app.post("/callback", status_code=204)
    async def callback(request: Request) -> None:
        order_id = _order_of(await request.json())
        if order_id:
            await shop.mark_paid(order_id)
            await shop.consume(order_id)
            await shop.deliver(order_id)

    @app.get("/orders/{order_id}")
    async def status(order_id: str) -> dict[str, str]:
        return {"status": await shop.status(order_id)}

    return app


def naive_app() -> FastAPI:
    """Baseline (a): update-with-start on the naive workflow."""
    app, shop = FastAPI(), _shop()
    clients: list[Client] = []

    async def client() -> Client:
        if not clients:
            clients.append(await Client.connect(os.environ["TEMPORAL_ADDRESS"]))
        return clients[0]

    @app.post("/orders", status_code=201)
    async def place(body: Body, idempotency_key: Annotated[str, Header()]) -> dict[str, str]:
        order_id = uuid.uuid4().hex
        lines = [(line.sku, line.quantity) for line in body.lines]
        start = WithStartWorkflowOperation(
            NaiveOrder.run,
            Wish(order_id, idempotency_key, body.buyer_id, lines),
            id=f"naive:{order_id}",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        temporal = await client()
        url = await temporal.execute_update_with_start_workflow(
            NaiveOrder.checkout, start_workflow_operation=start
        )
        return {"id": order_id, "pay_url": url}

    @app.post("/callback", status_code=204)
    async def callback(request: Request) -> None:
        order_id = _order_of(await request.json())
        if order_id:
            await (await client()).get_workflow_handle(f"naive:{order_id}").signal(NaiveOrder.paid)

    @app.get("/orders/{order_id}")
    async def status(order_id: str) -> dict[str, str]:
        return {"status": await shop.status(order_id)}

    return app


async def work() -> None:
    """The naive worker."""
    steps = Activities(_shop())
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    activities: list[Callable[..., Any]] = [
        steps.check_price,
        steps.reserve,
        steps.create_order,
        steps.request_payment,
        steps.save_payment,
        steps.mark_paid,
        steps.consume,
        steps.deliver,
    ]
    async with Worker(client, task_queue=QUEUE, workflows=[NaiveOrder], activities=activities):
        await asyncio.Event().wait()


def main(role: str) -> None:
    """Run one role until stopped."""
    if role == "worker":
        asyncio.run(work())
    else:
        app = naive_app() if role == "naive" else orm_app()
        uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False, loop="uvloop")


if __name__ == "__main__":
    main(sys.argv[1])
