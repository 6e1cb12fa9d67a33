"""What people write about an order, and what its buyer has a right to."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, merchant_of, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.json_body import read_body
from api.lists import read_query
from api.order.parts import entitlement_view, note_view
from api.order.paths import order_path
from api.order.reach import made_id, see
from api.order.reading import FoundOrder
from api.order.refused import A_LOOK
from api.order.tags import tagged
from api.order.telling import stored
from api.schemas.notes import EntitlementsView, NoteBody, NotesQuery, NotesView, NoteView
from domain.ports.intake import StoredAnswer
from domain.ports.order_notes import OrderNote

router = APIRouter(prefix="/v1/orders/{order_id}", tags=["orders"])
_SIDES = (Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR)


@router.post(
    "/notes",
    status_code=201,
    dependencies=[needs(*_SIDES)],
    **described(
        body=NoteBody,
        headers=(IDEMPOTENCY_KEY,),
        answers={201: NoteView},
        refusals=(
            *A_LOOK,
            "buyer_erased",
            "idempotency_key_missing",
            "idempotency_key_reused",
            "request_still_running",
            "invalid_request",
        ),
        example={"text": "The buyer called: please ring twice."},
    ),
)
async def write_note(request: Request, order_id: str) -> Response:
    """Write something down for the people who look after the order. It decides nothing."""
    body = await read_body(request, NoteBody)
    services, found = services_of(request), await see(request, order_id)
    buyer_id = found.order.buyer_id if isinstance(found, FoundOrder) else found.entry.command.buyer_id
    text = await services.ports.personal.seal_text(buyer_id, body.text)

    async def write(key: str) -> StoredAnswer:
        note = OrderNote(
            id=made_id(request, "note", key),
            order_id=order_id,
            text=text,
            by=actor_of(request),
            merchant_id=merchant_of(request),
            written_at=services.ports.clock.now(),
        )
        await services.ports.notes.add(note)
        return stored(201, note_view(note))

    sealed = body.model_copy(update={"text": text})
    return tagged(await services.once.answer(request, sealed, write), f"{order_path(order_id)}/notes")


@router.get(
    "/notes",
    dependencies=[needs(*_SIDES)],
    **described(query=NotesQuery, answers={200: NotesView}, refusals=("invalid_request", *A_LOOK)),
)
async def list_notes(request: Request, order_id: str) -> Response:
    """Notes, the newest first. A merchant's key reads what this merchant wrote."""
    query = read_query(request, NotesQuery)
    await see(request, order_id)
    # One more than asked for tells whether there are more.
    found = await services_of(request).ports.notes.of_order(
        order_id, merchant_id=merchant_of(request), before=query.before, limit=query.limit + 1
    )
    shown, more = found[: query.limit], len(found) > query.limit
    return json_answer(
        {
            "items": [note_view(note) for note in shown],
            "has_more": more,
            "before": shown[-1].id if more else None,
        }
    )


@router.get(
    "/entitlements",
    dependencies=[needs(Scope.CALLER, Scope.OPERATOR)],
    **described(answers={200: EntitlementsView}, refusals=A_LOOK),
)
async def list_entitlements(request: Request, order_id: str) -> Response:
    """The buyer's rights to virtual goods, by line; a merchant's key sees those to its own lines."""
    found, own = await see(request, order_id), merchant_of(request)
    rights = await services_of(request).ports.entitlements.of_order(order_id)
    if own is not None:
        lines = found.order.lines if isinstance(found, FoundOrder) else ()
        sold = {line.line for line in lines if line.merchant_id == own}
        rights = [right for right in rights if right.line in sold]
    return json_answer({"items": [entitlement_view(right) for right in rights]})
