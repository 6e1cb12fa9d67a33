"""A proposal's events to plain JSON and back, by the rules of `domain.order.encoding`, with its own types."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from domain.events import EventRecord, StoredEvent
from domain.order.encoding import from_plain, to_plain
from domain.order.errors import IllegalEventError
from domain.ports.proposals import stream_of
from domain.review.events import ProposalDrafted, ProposalEvent, moment_of
from domain.review.proposal import PriceProposal
from domain.upcasting import UnknownEventTypeError, Upcasters

UPCASTERS = Upcasters({})
_EVENT_TYPES: Mapping[str, type[ProposalEvent]] = {
    kind.__name__: kind for kind in typing.get_args(ProposalEvent)
}


def encode(event: ProposalEvent) -> EventRecord:
    """The event as the store takes it."""
    kind = type(event).__name__
    return EventRecord(kind, UPCASTERS.current(kind), to_plain(event), moment_of(event))


def decode(stored: StoredEvent | EventRecord) -> ProposalEvent:
    """The event back from its JSON, of whatever version. Never guesses.

    Raises `UnknownEventTypeError`, and `IllegalEventError` for a draft in another proposal's stream.
    """
    kind = _EVENT_TYPES.get(stored.event_type)
    if kind is None:
        raise UnknownEventTypeError(event_type=stored.event_type, schema_version=stored.schema_version)
    data = UPCASTERS.upcast(stored.event_type, stored.schema_version, stored.data)
    event: ProposalEvent = from_plain(kind, data)
    if isinstance(stored, StoredEvent) and isinstance(event, ProposalDrafted):
        belongs = stream_of(event.proposal_id)
        if belongs != stored.stream_id:
            raise IllegalEventError(event=kind.__name__, order=belongs, stream=stored.stream_id)
    return event


def proposal_document(proposal: PriceProposal) -> dict[str, typing.Any]:
    """Every field of the proposal by its name. Derived, so that it may be made anew from the events."""
    document: dict[str, typing.Any] = to_plain(proposal)
    return document


def proposal_from(document: Mapping[str, typing.Any]) -> PriceProposal:
    """The proposal back from its document. Raises `KeyError` when another release wrote it otherwise."""
    proposal: PriceProposal = from_plain(PriceProposal, document)
    return proposal
