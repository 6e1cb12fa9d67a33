"""Prices and promotions on their way through review: propose, edit, submit, approve or reject, activate."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256

from fastapi import APIRouter
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from activities.proposal_desk import Act
from api.access import Scope, merchant_of, must_own, needs, require
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.json_body import read_body
from api.lists import event_view, read_cursor, read_query
from api.past import means_the_past, past_events, past_state
from api.preconditions import IF_MATCH
from api.pricing.proposals import (
    PATH,
    act_of,
    proposal_id_of,
    proposal_page_view,
    proposal_view,
    reach,
    terms_of,
)
from api.schemas.lists import EventPageView, EventsQuery, PastQuery
from api.schemas.orders import EmptyBody
from api.schemas.proposals import (
    CommentBody,
    OptionalReasonBody,
    ProposalBody,
    ProposalPageView,
    ProposalsQuery,
    ProposalView,
    ReasonBody,
    TermsBody,
)
from domain.ports.intake import StoredAnswer
from domain.ports.proposals import ProposalCursor, ProposalFilter, stream_of
from domain.review.proposal import PriceProposal

_SIDES = (Scope.MERCHANT, Scope.OPERATOR)
router = APIRouter(prefix=PATH, tags=["review"], dependencies=[needs(*_SIDES)])
_BY_OPERATOR = [needs(Scope.OPERATOR)]
_FIRST_ERROR = 400
_CREATED = 201
_THE_PAST = ("invalid_request", "version_not_reached", "not_yet_there")
_USUAL = (
    "wrong_scope",
    "idempotency_key_missing",
    "proposal_not_found",
    "proposal_changed",
    "request_still_running",
    "idempotency_key_reused",
    "invalid_request",
)
_TERMS = ("item_not_found", "invalid_value", "unknown_promotion_kind")
_EXAMPLE = {
    "subject": "item_price",
    "item_price": {
        "sku": "tea-01",
        "prices": [
            {
                "market_price": {"amount": 25900, "currency": "CNY"},
                "discount_price": {"amount": 17900, "currency": "CNY"},
            }
        ],
    },
    "starts_at": "2026-12-01T00:00:00Z",
    "ends_at": "2026-12-08T00:00:00Z",
    "comment": "for the holidays",
}


@router.post(
    "",
    status_code=201,
    **described(
        body=ProposalBody,
        headers=(IDEMPOTENCY_KEY,),
        answers={201: ProposalView},
        refusals=(*_TERMS, *_USUAL),
        example={"merchant_id": "shop-7", **_EXAMPLE},
    ),
)
async def propose(request: Request) -> Response:
    """Write a proposal down as a draft."""
    body = await read_body(request, ProposalBody)
    if body.merchant_id is None:
        require(request, Scope.OPERATOR)
    else:
        must_own(request, body.merchant_id)
    services, merchant = services_of(request), body.merchant_id

    async def draft(key: str) -> StoredAnswer:
        made = proposal_id_of(request, key)
        return _stored(await services.review.draft(made, merchant, terms_of(body), act_of(request, key)), 201)

    return _tagged(await services.once.answer(request, body, draft))


@router.get(
    "", **described(query=ProposalsQuery, answers={200: ProposalPageView}, refusals=("invalid_request",))
)
async def list_proposals(request: Request) -> Response:
    """Proposals, newest first; a merchant's key sees its own."""
    query = read_query(request, ProposalsQuery)
    merchant = query.merchant_id or merchant_of(request)
    if merchant is not None:
        must_own(request, merchant)
    cursor = read_cursor(query.cursor)
    page = await services_of(request).ports.proposals.list(
        ProposalFilter(query.status, merchant),
        ProposalCursor(cursor.created_at, cursor.id) if cursor else None,
        query.limit,
    )
    return json_answer(proposal_page_view(page))


@router.get(
    "/{proposal_id}",
    **described(query=PastQuery, answers={200: ProposalView}, refusals=("proposal_not_found", *_THE_PAST)),
)
async def read_proposal(request: Request, proposal_id: str) -> Response:
    """A proposal as it stands, or as it was; its ETag is what a change is made of."""
    query = read_query(request, PastQuery)
    found = await reach(request, proposal_id)
    if means_the_past(query):
        histories = services_of(request).proposal_histories
        found = (await past_state(histories, stream_of(found.id), query)).state
    return _answer(found)


@router.get(
    "/{proposal_id}/events",
    **described(query=EventsQuery, answers={200: EventPageView}, refusals=("proposal_not_found", *_THE_PAST)),
)
async def list_proposal_events(request: Request, proposal_id: str) -> Response:
    """What happened to a proposal, in order."""
    query = read_query(request, EventsQuery)
    found = await reach(request, proposal_id)
    events = await past_events(services_of(request).ports.events, stream_of(found.id), query)
    return json_answer({"items": [event_view(event) for event in events]})


@router.put(
    "/{proposal_id}",
    **described(
        body=TermsBody,
        headers=({**IF_MATCH, "required": True},),
        answers={200: ProposalView},
        refusals=("precondition_required", "only_draft_can_be_edited", *_TERMS, *_USUAL),
        example=_EXAMPLE,
    ),
)
async def edit_proposal(request: Request, proposal_id: str) -> Response:
    """Replace what a draft says. The same request again changes nothing more."""
    body = await read_body(request, TermsBody)
    found = await reach(request, proposal_id, to_change=True)
    digest = sha256(body.model_dump_json().encode()).hexdigest()
    act = act_of(request, f"{request.headers.get('if-match')} {digest}", must_match=True)
    return _answer(await services_of(request).review.edit(found.id, terms_of(body), act))


@router.post(
    "/{proposal_id}/submit",
    **described(
        body=EmptyBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ProposalView},
        refusals=("only_draft_can_be_submitted", "promotion_type_exists", "proposal_outdated", *_USUAL),
        example={},
    ),
)
async def submit_proposal(request: Request, proposal_id: str) -> Response:
    """Ask for review; from here on it cannot be edited."""
    body = await read_body(request, EmptyBody)
    review = services_of(request).review
    return await _decided(request, proposal_id, body, lambda act: review.submit(proposal_id, act))


@router.post(
    "/{proposal_id}/withdraw",
    **described(
        body=OptionalReasonBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ProposalView},
        refusals=("only_open_can_be_withdrawn", *_USUAL),
        example={"reason": "the supplier cannot deliver"},
    ),
)
async def withdraw_proposal(request: Request, proposal_id: str) -> Response:
    """Take it back before anybody has decided."""
    body = await read_body(request, OptionalReasonBody)
    review = services_of(request).review
    return await _decided(
        request, proposal_id, body, lambda act: review.withdraw(proposal_id, body.reason, act)
    )


@router.post(
    "/{proposal_id}/approve",
    dependencies=_BY_OPERATOR,
    **described(
        body=CommentBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ProposalView},
        refusals=(
            "submitter_cannot_approve",
            "only_pending_can_be_reviewed",
            "proposal_outdated",
            *_USUAL,
        ),
        example={"comment": "within the budget"},
    ),
)
async def approve_proposal(request: Request, proposal_id: str) -> Response:
    """Agree. Whoever wrote or submitted it cannot."""
    body = await read_body(request, CommentBody)
    review = services_of(request).review
    return await _decided(
        request, proposal_id, body, lambda act: review.approve(proposal_id, body.comment, act)
    )


@router.post(
    "/{proposal_id}/reject",
    dependencies=_BY_OPERATOR,
    **described(
        body=ReasonBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ProposalView},
        refusals=("only_pending_can_be_reviewed", *_USUAL),
        example={"reason": "below cost"},
    ),
)
async def reject_proposal(request: Request, proposal_id: str) -> Response:
    """Refuse, and say why."""
    body = await read_body(request, ReasonBody)
    review = services_of(request).review
    return await _decided(
        request, proposal_id, body, lambda act: review.reject(proposal_id, body.reason, act)
    )


@router.post(
    "/{proposal_id}/activate",
    dependencies=_BY_OPERATOR,
    **described(
        body=EmptyBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: ProposalView},
        refusals=("only_approved_can_be_activated", "promotion_type_exists", "proposal_outdated", *_USUAL),
        example={},
    ),
)
async def activate_proposal(request: Request, proposal_id: str) -> Response:
    """Have an approved one hold from now on, before its time. At its time it does so by itself."""
    body = await read_body(request, EmptyBody)
    review = services_of(request).review
    return await _decided(request, proposal_id, body, lambda act: review.activate(proposal_id, act))


async def _decided(
    request: Request, proposal_id: str, body: BaseModel, decide: Callable[[Act], Awaitable[PriceProposal]]
) -> Response:
    await reach(request, proposal_id, to_change=True)

    async def decided(key: str) -> StoredAnswer:
        return _stored(await decide(act_of(request, key)), 200)

    return _tagged(await services_of(request).once.answer(request, body, decided))


def _stored(proposal: PriceProposal, status: int) -> StoredAnswer:
    return StoredAnswer(status, to_json(proposal_view(proposal)).decode())


def _answer(proposal: PriceProposal) -> Response:
    return json_answer(proposal_view(proposal), headers={"ETag": f'"{proposal.version}"'})


def _tagged(answer: Response) -> Response:
    """The version that the answer shows as its ETag, which kept answers do not have by themselves."""
    if answer.status_code < _FIRST_ERROR:
        shown = json.loads(bytes(answer.body))
        answer.headers["ETag"] = f'"{shown["version"]}"'
        if answer.status_code == _CREATED:
            answer.headers["Location"] = shown["links"]["self"]
    return answer
