"""Notes of people on orders, and buyers' rights to virtual goods."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.lists import Query
from api.schemas.values import AnswerBody, Identifier, Instant, RequestBody
from domain.ports.order_notes import LONGEST_NOTE
from domain.ports.projections import LARGEST_PAGE

# Something to see, on several lines if need be; no other control characters.
_READABLE = r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b-\x1f\x7f]*$"


class NoteBody(RequestBody):
    """What people who look after an order should know. Buyers never see it."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=LONGEST_NOTE, pattern=_READABLE),
        Field(examples=["The buyer called: please ring twice."]),
    ]


class NotesQuery(Query):
    """How many notes to show, and older than which one."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
    before: Identifier | None = None


class NoteView(AnswerBody):
    """One note. `by` is who wrote it; `text` is null when the buyer's personal data was erased."""

    id: str
    text: str | None
    by: str
    written_at: Instant


class NotesView(AnswerBody):
    """The newest notes first. While `has_more`, ask with `before` for older ones."""

    items: list[NoteView]
    has_more: bool
    before: str | None


class EntitlementView(AnswerBody):
    """A buyer's right to one line's virtual goods; `revoked_at` is null while it is good."""

    line: int
    sku: str
    quantity: int
    code: str
    issued_at: Instant
    revoked_at: Instant | None


class EntitlementsView(AnswerBody):
    """All rights of an order, by line."""

    items: list[EntitlementView]
