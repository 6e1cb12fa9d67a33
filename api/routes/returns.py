"""Returns: asked for by the buyer's side, decided and received by the merchant's."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.errors import FieldError
from api.json_body import InvalidRequestError, read_body
from api.order.after_sale import case_of
from api.order.parts import return_answer, return_view
from api.order.paths import return_path
from api.order.reach import decide, made_id, must_sell, see, see_started
from api.order.reading import FoundOrder
from api.order.refused import A_CHANGE, A_LOOK
from api.order.tags import tagged
from api.preconditions import IF_MATCH, seen_version
from api.schemas.after_sale import (
    DecisionBody,
    ExchangeBody,
    ReceiptBody,
    ReturnAnswer,
    ReturnBody,
    ReturnsView,
)
from api.schemas.shipments import UnitsBody
from domain.order.order import Order
from domain.order.shipments import Units
from domain.ports.intake import StoredAnswer
from domain.ports.warehouses import MAIN_WAREHOUSE
from workflows.contracts import DecideReturn, LinkExchange, ReceiveReturn, RequestReturn

router = APIRouter(prefix="/v1/orders/{order_id}/returns", tags=["after-sale"])
_BUYERS_SIDE = [needs(Scope.CALLER, Scope.OPERATOR)]
_MERCHANTS_SIDE = [needs(Scope.MERCHANT, Scope.OPERATOR)]
_EVERY_SIDE = [needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE)]


@router.post(
    "",
    status_code=201,
    dependencies=_BUYERS_SIDE,
    **described(
        body=ReturnBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={201: ReturnAnswer},
        refusals=("not_returnable", *A_CHANGE),
        example={"lines": [{"line": 1, "quantity": 1}], "reason": "damaged", "exchange": False},
    ),
)
async def request_return(request: Request, order_id: str) -> Response:
    """Ask to give back units that have come. With `exchange` the buyer wants others instead."""
    body = await read_body(request, ReturnBody)
    await decide(request, order_id, (part.line for part in body.lines))
    services, made = services_of(request), made_id(request, "ret", request.headers.get("idempotency-key", ""))

    async def ask(_key: str) -> StoredAnswer:
        wish = RequestReturn(
            made, units_of(body.lines), body.reason, actor_of(request), body.exchange, seen_version(request)
        )
        return await services.after_sale.request_return(order_id, wish)

    return tagged(await services.once.answer(request, body, ask), return_path(order_id, made))


@router.get(
    "",
    dependencies=_EVERY_SIDE,
    **described(answers={200: ReturnsView}, refusals=A_LOOK),
)
async def list_returns(request: Request, order_id: str) -> Response:
    """All returns of an order, the oldest first."""
    found = await see(request, order_id)
    cases = found.order.returns if isinstance(found, FoundOrder) else ()
    return json_answer({"items": [return_view(order_id, case) for case in cases]})


@router.get(
    "/{return_id}",
    dependencies=_EVERY_SIDE,
    **described(answers={200: ReturnAnswer}, refusals=("return_not_found", "order_not_started", *A_LOOK)),
)
async def read_return(request: Request, order_id: str, return_id: str) -> Response:
    """One return as it stands."""
    order = await see_started(request, order_id)
    return tagged(json_answer(return_answer(order, case_of(order, return_id))))


@router.post(
    "/{return_id}/decision",
    dependencies=_MERCHANTS_SIDE,
    **described(
        body=DecisionBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ReturnAnswer},
        refusals=("return_not_found", "return_closed", "buyer_erased", *A_CHANGE),
        example={"approved": True, "goods_back": True, "comment": "send it to Leeds"},
    ),
)
async def decide_return(request: Request, order_id: str, return_id: str) -> Response:
    """Agree or not. Without `goods_back` the money goes back at once and the goods stay."""
    body = await read_body(request, DecisionBody)
    services = services_of(request)
    order = await _reached(request, order_id, return_id)
    if body.comment:
        comment = await services.ports.personal.seal_text(order.buyer_id, body.comment)
        body = body.model_copy(update={"comment": comment})

    async def settle(_key: str) -> StoredAnswer:
        word = DecideReturn(
            return_id, body.approved, actor_of(request), body.goods_back, body.comment, seen_version(request)
        )
        return await services.after_sale.decide_return(order_id, word)

    return tagged(await services.once.answer(request, body, settle))


@router.post(
    "/{return_id}/receipt",
    dependencies=_MERCHANTS_SIDE,
    **described(
        body=ReceiptBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ReturnAnswer},
        refusals=("return_not_found", "return_closed", "not_returnable", *A_CHANGE),
        example={"lines": [{"line": 1, "quantity": 1}], "restock": True, "warehouse_id": "main"},
    ),
)
async def receive_return(request: Request, order_id: str, return_id: str) -> Response:
    """The goods are back: these units are accepted and paid back."""
    body = await read_body(request, ReceiptBody)
    services = services_of(request)
    await _reached(request, order_id, return_id)

    async def receive(_key: str) -> StoredAnswer:
        word = ReceiveReturn(
            return_id,
            units_of(body.lines),
            actor_of(request),
            body.restock,
            body.warehouse_id or MAIN_WAREHOUSE,
            seen_version(request),
        )
        return await services.after_sale.receive_return(order_id, word)

    return tagged(await services.once.answer(request, body, receive))


@router.post(
    "/{return_id}/exchange",
    dependencies=_BUYERS_SIDE,
    **described(
        body=ExchangeBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ReturnAnswer},
        refusals=("return_not_found", "return_closed", "invalid_value", *A_CHANGE),
        example={"order_id": "ord_7KQ2M9"},
    ),
)
async def link_exchange(request: Request, order_id: str, return_id: str) -> Response:
    """Name the order that the buyer got instead; it was placed in the usual way."""
    body = await read_body(request, ExchangeBody)
    services, order = services_of(request), await _reached(request, order_id, return_id)
    other = await see_started(request, body.order_id)
    if other.id == order.id or other.buyer_id != order.buyer_id:
        raise InvalidRequestError((FieldError("/order_id", "another order of the same buyer"),))

    async def link(_key: str) -> StoredAnswer:
        return await services.after_sale.link_exchange(
            order_id, LinkExchange(return_id, body.order_id, seen_version(request))
        )

    return tagged(await services.once.answer(request, body, link))


def units_of(lines: Iterable[UnitsBody]) -> tuple[Units, ...]:
    """What a body asks for, in the domain's words."""
    return tuple(Units(part.line, part.quantity) for part in lines)


async def _reached(request: Request, order_id: str, return_id: str) -> Order:
    order = await see_started(request, order_id)
    must_sell(request, order, (part.line for part in case_of(order, return_id).units))
    return order
