"""What callers and merchants change while goods are on their way: the address, and the word on services."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, merchant_of, must_own, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.errors import FieldError
from api.json_body import InvalidRequestError, read_body
from api.order.reach import decide, made_id, see_started
from api.order.refused import A_CHANGE, A_LOOK
from api.order.tags import tagged
from api.order.telling import stored
from api.order.views import order_view
from api.preconditions import IF_MATCH, PreconditionRequiredError, seen_version
from api.schemas.orders import OrderView
from api.schemas.shipments import AcceptBody
from api.schemas.values import AddressBody
from domain.address import Address
from domain.catalogue.items import Category
from domain.order.order import Order
from domain.ports.intake import StoredAnswer
from workflows.contracts import AcceptService, ChangeAddress

router = APIRouter(prefix="/v1/orders/{order_id}", tags=["fulfilment"])


@router.put(
    "/address",
    dependencies=[needs(Scope.CALLER, Scope.OPERATOR)],
    **described(
        body=AddressBody,
        headers=({**IF_MATCH, "required": True},),
        answers={200: OrderView},
        refusals=(
            *A_LOOK,
            "merchant_not_found",
            "buyer_erased",
            "precondition_required",
            "order_changed",
            "order_not_started",
            "order_already_ended",
            "invalid_state_transition",
            "invalid_request",
            "order_process_unavailable",
            "carrier_outcome_unknown",
            "carrier_refused",
        ),
        example={"street": "2 Mill Lane", "city": "Leeds", "zip_code": "LS1 4AP", "country": "GB"},
    ),
)
async def change_address(request: Request, order_id: str) -> Response:
    """Send the goods elsewhere, until the first parcel leaves. The same request again changes nothing."""
    body = await read_body(request, AddressBody)
    seen = seen_version(request)
    if seen is None:
        raise PreconditionRequiredError
    order = await decide(request, order_id)
    place = Address(body.street, body.city, body.zip_code, body.country)
    address = await services_of(request).ports.personal.seal_address(order.buyer_id, place)
    if order.address != address:
        made = made_id(request, "adr", f"{seen} {address.country} {address.sealed}")
        order = await services_of(request).fulfilment.change_address(
            order_id, ChangeAddress(made, address, actor_of(request), seen)
        )
    return tagged(json_answer(order_view(order)))


@router.post(
    "/accept",
    dependencies=[needs(Scope.MERCHANT, Scope.OPERATOR)],
    **described(
        body=AcceptBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: OrderView},
        refusals=("shipment_not_found", *A_CHANGE),
        example={"accepted": True, "merchant_id": "shop-7"},
    ),
)
async def accept_service(request: Request, order_id: str) -> Response:
    """A merchant will do its services of this order, or not; then the money for them goes back."""
    body = await read_body(request, AcceptBody)
    if body.merchant_id is not None:
        must_own(request, body.merchant_id)
    services, order = services_of(request), await see_started(request, order_id)
    merchant = body.merchant_id or merchant_of(request) or _only_servant(order)

    async def accept(_key: str) -> StoredAnswer:
        word = AcceptService(merchant, actor_of(request), body.accepted, seen_version(request))
        return stored(200, order_view(await services.fulfilment.accept_service(order_id, word)))

    return tagged(await services.once.answer(request, body, accept))


def _only_servant(order: Order) -> str:
    serving = {line.merchant_id for line in order.lines if line.category is Category.SERVICE}
    if len(serving) > 1:
        raise InvalidRequestError((FieldError("/merchant_id", "needed: several merchants serve here"),))
    return serving.pop() if serving else order.merchants[0]
