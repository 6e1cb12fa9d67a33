"""Orders: placing one, reading one, listing many, and the events of one."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, merchant_of, must_own, needs
from api.answers import json_answer, request_id_of, stored_answer, trace_id_of
from api.asking import requested_lines
from api.checkout import Placed
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, IF_NONE_MATCH, PREFER, described
from api.idempotency import key_of
from api.json_body import read_body
from api.lists import event_view, order_filter, order_page_view, read_cursor, read_query
from api.order.paths import order_path
from api.order.reach import see
from api.order.reading import FoundOrder, PendingOrder, pay_url_in
from api.order.refused import A_LOOK
from api.order.views import awaits_payment, order_view, pending_order_view
from api.past import means_the_past, past_events, past_order_view, past_state
from api.schemas.lists import EventPageView, EventsQuery, OrderPageView, OrderQuery, OrdersQuery
from api.schemas.orders import AcceptedOrder, OrderAnswer, OrderView, PendingOrderView, PlaceOrderBody
from api.schemas.values import AddressBody
from api.shortages import NOT_TO_BE_HAD
from domain.address import Address
from domain.events import is_order_stream
from domain.order.accept import OrderRequest
from domain.ports.order_context import UnknownOrderError

router = APIRouter(prefix="/v1/orders", tags=["orders"])
_READERS = [needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE)]
_ASYNC = "respond-async"
_RETRY_SECONDS = "1"
_THE_PAST = ("version_not_reached", "not_yet_there")


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Scope.CALLER)],
    **described(
        body=PlaceOrderBody,
        headers=(IDEMPOTENCY_KEY, PREFER),
        answers={201: OrderAnswer, 200: OrderAnswer, 202: AcceptedOrder},
        refusals=(
            "idempotency_key_missing",
            "idempotency_key_reused",
            "snapshot_not_found",
            "snapshot_mismatch",
            "snapshot_already_used",
            "address_required",
            "buyer_erased",
            *NOT_TO_BE_HAD,
            "not_a_final_price",
            "invalid_request",
        ),
        example={
            "buyer_id": "buyer-7",
            "snapshot_id": "snap_5Jt0bW4m2Q",
            "lines": [{"sku": "tea-01", "quantity": 2}],
            "address": {
                "street": "1 Harbour Road",
                "city": "Shanghai",
                "zip_code": "200000",
                "country": "CN",
            },
        },
    ),
)
async def place_order(request: Request) -> Response:
    """Place an order at the price of a snapshot.

    201: it waits for payment. 200: it needs the buyer, as `messages` say. 202: it is safely accepted and
    starts as soon as possible; ask for it at Location.
    """
    key = key_of(request)
    body = await read_body(request, PlaceOrderBody)
    wanted = OrderRequest(
        buyer_id=body.buyer_id,
        snapshot_id=body.snapshot_id,
        lines=requested_lines(body.lines),
        address=_address(body.address),
        correlation_id=request_id_of(request),
        trace_id=trace_id_of(request),
    )
    wait = _ASYNC not in request.headers.get("prefer", "")
    placed = await services_of(request).checkout.place(key, request.scope["caller"], wanted, wait=wait)
    return _answer_to(placed)


@router.get(
    "/{order_id}",
    dependencies=_READERS,
    **described(
        query=OrderQuery,
        headers=(IF_NONE_MATCH,),
        answers={200: OrderView | PendingOrderView, 304: "Not changed."},
        refusals=("invalid_request", *_THE_PAST, *A_LOOK),
    ),
)
async def read_order(request: Request, order_id: str) -> Response:
    """An order as it stands now; never older than what any caller was told before.

    With `wait`, held back until its version is not that of If-None-Match or, without that header, until it
    has started. With `version` or `at`, as it was then.
    """
    query = read_query(request, OrderQuery)
    if means_the_past(query):
        return await _as_it_was(request, order_id, query)
    seen = _version_in(request.headers.get("if-none-match", ""))
    services = services_of(request)
    if merchant_of(request) is not None:
        await see(request, order_id)
    found = await services.orders.wait(order_id, seen, float(query.wait.rstrip("s")))
    if isinstance(found, PendingOrder):
        return json_answer(pending_order_view(found.entry, found.refusal), headers={"ETag": '"0"'})
    tag = {"ETag": f'"{found.order.version}"'}
    if seen == found.order.version:
        return Response(status_code=304, headers=tag)
    pay_url = await _pay_url(request, found)
    return json_answer(order_view(found.order, pay_url), headers=tag)


@router.get(
    "",
    dependencies=_READERS,
    **described(
        query=OrdersQuery, answers={200: OrderPageView}, refusals=("invalid_request", "merchant_not_found")
    ),
)
async def list_orders(request: Request) -> Response:
    """Orders, newest first; a merchant's key sees those with its lines. The list may lag by a moment."""
    query = read_query(request, OrdersQuery)
    if query.merchant_id is not None:
        must_own(request, query.merchant_id)
    narrowed = replace(order_filter(query), merchant_id=query.merchant_id or merchant_of(request))
    cursor = read_cursor(query.cursor)
    page = await services_of(request).ports.views.list(narrowed, cursor, query.limit)
    return json_answer(order_page_view(page))


@router.get(
    "/{order_id}/events",
    dependencies=_READERS,
    **described(
        query=EventsQuery,
        answers={200: EventPageView},
        refusals=("invalid_request", *_THE_PAST, *A_LOOK),
    ),
)
async def list_events(request: Request, order_id: str) -> Response:
    """What happened to an order, in order; all of it, or as far as it was at a version or at a moment."""
    query = read_query(request, EventsQuery)
    if not is_order_stream(order_id):
        raise UnknownOrderError
    if merchant_of(request) is not None:
        await see(request, order_id)
    ports = services_of(request).ports
    past = query.version is not None or query.at is not None
    events = () if past else await ports.events.read(order_id, after=query.after, limit=query.limit)
    if not events and not await ports.events.head(order_id) and await ports.intake.find(order_id) is None:
        raise UnknownOrderError
    if past:
        events = await past_events(ports.events, order_id, query)
    return json_answer({"items": [event_view(event) for event in events]})


async def _as_it_was(request: Request, order_id: str, query: OrderQuery) -> Response:
    await see(request, order_id)
    told = await past_state(services_of(request).histories, order_id, query)
    return json_answer(past_order_view(told.state), headers={"ETag": f'"{told.version}"'})


def _answer_to(placed: Placed) -> Response:
    path = order_path(placed.order_id)
    if placed.answer is None:
        content = {"order_id": placed.order_id, "number": placed.number, "status": "accepted"}
        answer = json_answer(content, 202, {"Location": path, "Retry-After": _RETRY_SECONDS})
        if placed.repeated:
            answer.headers["Idempotent-Replayed"] = "true"
        return answer
    answer = stored_answer(placed.answer, replayed=placed.repeated)
    if placed.answer.status == 201:  # noqa: PLR2004 - created
        answer.headers["Location"] = path
    return answer


async def _pay_url(request: Request, found: FoundOrder) -> str | None:
    checkout, known = services_of(request).checkout, found.pay_url
    if found.unanswered is not None:
        answer = await checkout.late_answer(found.unanswered)
        known = pay_url_in(answer, found.order.attempts[-1])
    if known is None and awaits_payment(found.order):
        return await checkout.pay_page(found.order)
    return known


def _version_in(tag: str) -> int | None:
    version = tag.removeprefix("W/").strip('"')
    return int(version) if version.isdecimal() and len(version) < 10 else None  # noqa: PLR2004 - fits 32 bits


def _address(body: AddressBody | None) -> Address | None:
    return Address(body.street, body.city, body.zip_code, body.country) if body else None
