"""Shows people in the poison topic what a consumer could not take. The consumer's books keep the message."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from domain.ports.brokers import Broker, BrokerUnavailableError, MessageRefusedError
from domain.ports.consumption import ParkedMessages

_log = logging.getLogger(__name__)
DEADLINE: Final = timedelta(seconds=5)


async def forward(broker: Broker, books: ParkedMessages) -> int:
    """Put into the poison topic what is not there yet, oldest first; how many. Repeats are possible."""
    done = []
    for parked in await books.to_forward():
        try:
            await broker.park(parked.message, parked.error, DEADLINE)
        except MessageRefusedError as error:
            # Too large even for that topic: the books have it, and nobody needs to try again.
            _log.warning("message %s is not forwarded: %s", parked.message.id, error)
        except BrokerUnavailableError as error:
            _log.warning("the broker takes no parked messages: %s", error)
            break
        done.append(parked.number)
    if done:
        await books.forwarded(done)
    return len(done)
