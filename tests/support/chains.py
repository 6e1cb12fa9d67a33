"""The hash chain of a stream as anybody can work it out from what was read."""

from __future__ import annotations

from collections.abc import Iterable

from domain.event_chain import digest_of, first_link, next_link
from domain.events import StoredEvent


def links_of(stream: str, events: Iterable[StoredEvent]) -> list[bytes]:
    """The links that these events, which are all from the first, must have."""
    link, links = first_link(stream), []
    for event in events:
        link = next_link(link, digest_of(event, event.command_key, event.metadata))
        links.append(link)
    return links
