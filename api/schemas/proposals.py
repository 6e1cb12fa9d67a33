"""Proposals of prices and promotions: what is sent for review, and what comes back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.schemas.catalogue import BasePriceBody
from api.schemas.lists import Query
from api.schemas.values import AnswerBody, Identifier, Instant, Moment, MoneyBody, RequestBody, Sku
from domain.ports.projections import LARGEST_PAGE
from domain.review.content import Subject
from domain.review.draft import LONGEST_TEXT
from domain.review.status import ProposalStatus

_MOST_PRICES = 200
_MOST_QUOTAS = 1_000
_MOST_UNITS = 1_000_000_000
Words = Annotated[
    str,
    StringConstraints(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$"),
    Field(examples=["for the holidays"]),
]


class ItemPriceBody(RequestBody):
    """New base prices of a SKU, one for each currency and region."""

    sku: Annotated[Sku, Field(examples=["tea-01"])]
    prices: Annotated[tuple[BasePriceBody, ...], Field(min_length=1, max_length=_MOST_PRICES)]


class ProposedPromotionBody(RequestBody):
    """A promotion's terms, and how many units of each SKU it is for.

    `document` is a promotion without what the proposal says itself: id, merchant_id, starts_at, ends_at,
    has_quota and version.
    """

    document: dict[str, Any]
    quotas: Annotated[
        dict[Sku, Annotated[int, Field(ge=0, le=_MOST_UNITS)]],
        Field(max_length=_MOST_QUOTAS, default_factory=dict),
    ]


class TermsBody(RequestBody):
    """What should hold, and when: from `starts_at` until just before `ends_at`; prices may hold for good.

    Give exactly the one of `item_price` and `promotion` that `subject` names.
    """

    subject: Subject
    item_price: ItemPriceBody | None = None
    promotion: ProposedPromotionBody | None = None
    starts_at: Moment
    ends_at: Moment | None = None
    comment: Words = ""


class ProposalBody(TermsBody):
    """Proposes prices or a promotion. `merchant_id` null: the platform itself, for operators."""

    merchant_id: Annotated[Identifier | None, Field(examples=["shop-7"])]


class CommentBody(RequestBody):
    """What the reviewer says to it."""

    comment: Words = ""


class ReasonBody(RequestBody):
    """Why not."""

    reason: Annotated[Words, Field(min_length=1)]


class OptionalReasonBody(RequestBody):
    """Why, if there is something to say."""

    reason: Words = ""


class ProposalsQuery(Query):
    """Narrows the list of proposals."""

    status: ProposalStatus | None = None
    merchant_id: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
    cursor: Annotated[str | None, StringConstraints(min_length=1, max_length=400)] = None


class ProposedPriceView(AnswerBody):
    """A proposed base price."""

    market_price: MoneyBody
    discount_price: MoneyBody
    listed_price: MoneyBody | None
    region: str | None


class ItemPriceView(AnswerBody):
    """Proposed base prices of a SKU."""

    sku: str
    prices: list[ProposedPriceView]


class ProposedPromotionView(AnswerBody):
    """A proposed promotion; `id` is the one that it has, or will have, in the price book."""

    id: str
    document: dict[str, Any]
    quotas: dict[str, int]


class StepView(AnswerBody):
    """Who brought it into a state, when, and with what comment or reason."""

    status: ProposalStatus
    by: str
    at: Instant
    words: str


class ProposalView(AnswerBody):
    """A proposal as it stands. `version` is also its ETag. `authors` cannot approve it.

    `starts_at` is when it holds from: as proposed, or sooner or later when it was activated so.
    """

    id: Annotated[str, Field(examples=["prp_5Jt0bW4m2Q"])]
    merchant_id: str | None
    status: ProposalStatus
    subject: Subject
    item_price: ItemPriceView | None
    promotion: ProposedPromotionView | None
    starts_at: Instant
    ends_at: Instant | None
    comment: str
    authors: list[str]
    steps: list[StepView]
    created_at: Instant
    updated_at: Instant
    version: int
    links: dict[str, str]


class ProposalPageView(AnswerBody):
    """A page of proposals, newest first. `cursor` leads to the next page while `has_more`."""

    items: list[ProposalView]
    has_more: bool
    cursor: str | None
