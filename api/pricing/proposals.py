"""Between HTTP and the review: bodies into terms, proposals into answers, who may reach which."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC
from hashlib import sha256

from starlette.requests import Request

from activities.proposal_desk import Act, Terms
from api.access import Scope, actor_of, merchant_of, require
from api.answers import request_id_of, trace_id_of
from api.dependencies import services_of
from api.errors import FieldError
from api.json_body import InvalidRequestError
from api.lists import cursor_text
from api.preconditions import PreconditionRequiredError, seen_version
from api.schemas.proposals import ItemPriceBody, TermsBody
from api.schemas.values import PriceBody, instant
from api.views import Json, money
from domain.catalogue.items import BasePrice
from domain.money import Money
from domain.ports.proposals import ProposalPage
from domain.review.content import NewPrices, NewPromotion, Subject
from domain.review.draft import SET_BY_PROPOSAL, Window
from domain.review.errors import ProposalNotFoundError
from domain.review.proposal import PriceProposal

PATH = "/v1/price-proposals"


def terms_of(body: TermsBody) -> Terms:
    """What the caller wants to hold. Raises `InvalidRequestError`, `InvalidValueError`."""
    given = {Subject.ITEM_PRICE: body.item_price, Subject.PROMOTION: body.promotion}
    for subject, part in given.items():
        if (part is not None) is not (subject is body.subject):
            raise InvalidRequestError((FieldError(f"/{subject}", "exactly the one that subject names"),))
    ends_at = body.ends_at.astimezone(UTC) if body.ends_at else None
    return Terms(
        window=Window(body.starts_at.astimezone(UTC), ends_at),
        prices=_prices(body.item_price) if body.item_price else None,
        promotion=body.promotion.document if body.promotion else None,
        quotas=body.promotion.quotas if body.promotion else {},
        comment=body.comment,
    )


def act_of(request: Request, key: str, *, must_match: bool = False) -> Act:
    """Who acts, on what they have seen. Raises `PreconditionRequiredError` when that must be told and is not.

    `key` is the caller's own text, of any length: what goes into the stream is its digest.
    """
    seen = seen_version(request)
    if must_match and seen is None:
        raise PreconditionRequiredError
    named = f"{request.scope['caller']} {request.method} {request.scope['path']} {key}"
    return Act(
        by=actor_of(request),
        at=services_of(request).ports.clock.now(),
        key=sha256(named.encode()).hexdigest()[:32],
        correlation_id=request_id_of(request),
        trace_id=trace_id_of(request),
        seen=seen,
    )


def proposal_id_of(request: Request, key: str) -> str:
    """The id of the proposal that this request makes: the same for its repeats."""
    digest = sha256(f"{request.scope['caller']} proposal {key}".encode()).digest()
    return "prp_" + urlsafe_b64encode(digest[:16]).decode().rstrip("=")


async def reach(request: Request, proposal_id: str, *, to_change: bool = False) -> PriceProposal:
    """The proposal, if the caller may see it. Raises `ProposalNotFoundError`, and `WrongScopeError` when the
    platform's own is to be changed by somebody who is no operator.
    """
    proposal = await services_of(request).ports.proposals.get(proposal_id)
    own = merchant_of(request)
    if proposal is None or own not in {None, proposal.merchant_id}:
        raise ProposalNotFoundError
    if to_change and proposal.merchant_id is None:
        require(request, Scope.OPERATOR)
    return proposal


def proposal_view(proposal: PriceProposal) -> Json:
    """A proposal as it stands."""
    content, path = proposal.content, f"{PATH}/{proposal.id}"
    return {
        "id": proposal.id,
        "merchant_id": proposal.merchant_id,
        "status": proposal.status.value,
        "subject": content.subject.value,
        "item_price": _item_price_view(content.prices) if content.prices else None,
        "promotion": _promotion_view(content.promotion) if content.promotion else None,
        "starts_at": instant(proposal.starts_at),
        "ends_at": instant(content.ends_at) if content.ends_at else None,
        "comment": proposal.comment,
        "authors": sorted(proposal.authors),
        "steps": [
            {"status": step.status.value, "by": step.by, "at": instant(step.at), "words": step.words}
            for step in proposal.steps
        ],
        "created_at": instant(proposal.created_at),
        "updated_at": instant(proposal.updated_at),
        "version": proposal.version,
        "links": {"self": path, "events": f"{path}/events"},
    }


def proposal_page_view(page: ProposalPage) -> Json:
    """A page of proposals."""
    return {
        "items": [proposal_view(proposal) for proposal in page.proposals],
        "has_more": page.next is not None,
        "cursor": cursor_text(page.next),
    }


def _prices(body: ItemPriceBody) -> NewPrices:
    return NewPrices(
        body.sku,
        tuple(
            BasePrice(
                _money(price.market_price),
                _money(price.discount_price),
                _money(price.listed_price) if price.listed_price else None,
                price.region or "",
            )
            for price in body.prices
        ),
    )


def _money(body: PriceBody) -> Money:
    return Money(body.amount, body.currency)


def _item_price_view(new: NewPrices) -> Json:
    return {
        "sku": new.sku,
        "prices": [
            {
                "market_price": money(price.market_price),
                "discount_price": money(price.discount_price),
                "listed_price": money(price.listed_price) if price.listed_price else None,
                "region": price.region or None,
            }
            for price in new.prices
        ],
    }


def _promotion_view(new: NewPromotion) -> Json:
    document = {name: value for name, value in new.document.items() if name not in SET_BY_PROPOSAL}
    return {"id": new.document["id"], "document": document, "quotas": dict(new.quotas)}
