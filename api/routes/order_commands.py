"""What may be asked of an order that exists. Each answers once per Idempotency-Key."""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, merchant_of, needs
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.json_body import read_body
from api.order.reach import decide, may_decide
from api.order.refused import A_CHANGE
from api.order.tags import tagged
from api.preconditions import IF_MATCH, seen_version
from api.schemas.orders import (
    CancelBody,
    ConfirmPriceBody,
    EmptyBody,
    OrderAnswer,
    OrderView,
    PaymentAnswer,
)
from api.shortages import NOT_TO_BE_HAD
from domain.ports.intake import StoredAnswer
from workflows.contracts import CancelOrder, ConfirmPrice, PayAgain

router = APIRouter(prefix="/v1/orders/{order_id}", tags=["orders"], dependencies=[needs(Scope.CALLER)])


@router.post(
    "/cancel",
    **described(
        body=CancelBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: OrderView},
        refusals=A_CHANGE,
        example={"reason": "buyer"},
    ),
)
async def cancel_order(request: Request, order_id: str) -> Response:
    """End an order that is not shipped; money that came goes back. Twice: the same answer."""
    body = await read_body(request, CancelBody)
    command = CancelOrder(body.reason.value, body.by or body.reason.value, seen_version(request))
    services = services_of(request)

    async def cancel(_key: str) -> StoredAnswer:
        if merchant_of(request) is not None:
            await decide(request, order_id)
        return await services.commands.cancel(order_id, command)

    return tagged(await services.once.answer(request, body, cancel))


@router.post(
    "/payments",
    status_code=201,
    **described(
        body=EmptyBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={201: PaymentAnswer},
        refusals=("payment_not_possible", *A_CHANGE),
        example={},
    ),
)
async def pay_again(request: Request, order_id: str) -> Response:
    """Open another attempt to pay after one that failed."""
    body = await read_body(request, EmptyBody)
    services = services_of(request)

    async def pay(key: str) -> StoredAnswer:
        await may_decide(request, order_id)
        # The key is the caller's own text, of any length: what travels to the workflow is its digest.
        request_id = sha256(f"{request.scope['caller']} {key}".encode()).hexdigest()[:32]
        return await services.commands.pay_again(order_id, PayAgain(request_id))

    return await services.once.answer(request, body, pay)


@router.post(
    "/price-confirmation",
    **described(
        body=ConfirmPriceBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: OrderAnswer},
        refusals=("snapshot_mismatch", *NOT_TO_BE_HAD, *A_CHANGE),
        example={"snapshot_id": "snap_5Jt0bW4m2Q"},
    ),
)
async def confirm_price(request: Request, order_id: str) -> Response:
    """Agree to the price of the snapshot that the order's message named."""
    body = await read_body(request, ConfirmPriceBody)
    services = services_of(request)

    async def confirm(_key: str) -> StoredAnswer:
        await may_decide(request, order_id)
        return await services.commands.confirm_price(order_id, ConfirmPrice(body.snapshot_id))

    return tagged(await services.once.answer(request, body, confirm))


@router.post(
    "/price-decline",
    **described(
        body=EmptyBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: OrderAnswer},
        refusals=A_CHANGE,
        example={},
    ),
)
async def decline_price(request: Request, order_id: str) -> Response:
    """Do not agree to the changed price; the order ends."""
    body = await read_body(request, EmptyBody)
    services = services_of(request)

    async def decline(_key: str) -> StoredAnswer:
        await may_decide(request, order_id)
        return await services.commands.decline_price(order_id)

    return tagged(await services.once.answer(request, body, decline))
