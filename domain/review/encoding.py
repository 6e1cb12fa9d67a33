"""A proposal's events to plain JSON and back, by the rules of `domain.order.encoding`, with its own types."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from domain.events import EventRecord, StoredEvent
from domain.order.encoding import UnknownEventTypeError, from_plain, to_plain
from domain.review.events import ProposalEvent, moment_of
from domain.review.proposal import PriceProposal

SCHEMA_VERSION = 1
_EVENT_TYPES: Mapping[str, type[ProposalEvent]] = {
    kind.__name__: kind for kind in typing.get_args(ProposalEvent)
}


def encode(event: ProposalEvent) -> EventRecord:
    """The event as the store takes it."""
    return EventRecord(type(event).__name__, SCHEMA_VERSION, to_plain(event), moment_of(event))


def decode(stored: StoredEvent | EventRecord) -> ProposalEvent:
    """The event back from its JSON. Raises `UnknownEventTypeError`; never guesses."""
    kind = _EVENT_TYPES.get(stored.event_type)
    if kind is None or stored.schema_version != SCHEMA_VERSION:
        raise UnknownEventTypeError(event_type=stored.event_type, schema_version=stored.schema_version)
    event: ProposalEvent = from_plain(kind, stored.data)
    return event


def proposal_document(proposal: PriceProposal) -> dict[str, typing.Any]:
    """Every field of the proposal by its name. Derived, so that it may be made anew from the events."""
    document: dict[str, typing.Any] = to_plain(proposal)
    return document


def proposal_from(document: Mapping[str, typing.Any]) -> PriceProposal:
    """The proposal back from its document. Raises `KeyError` when another release wrote it otherwise."""
    proposal: PriceProposal = from_plain(PriceProposal, document)
    return proposal
