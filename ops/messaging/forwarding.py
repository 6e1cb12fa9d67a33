"""Shows people in the poison topic what a consumer could not take. The consumer's books keep the message."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from domain.ports.brokers import Broker, BrokerUnavailableError, MessageRefusedError
from domain.ports.consumption import ParkedMessage, ParkedMessages

_log = logging.getLogger(__name__)
DEADLINE: Final = timedelta(seconds=5)
AT_ONCE: Final = 10  # each may be as large as a message can be


async def forward(broker: Broker, books: ParkedMessages) -> int:
    """Put into the poison topic what is not there yet, oldest first; how many. Repeats are possible."""
    count = 0
    while waiting := await books.to_forward(AT_ONCE):
        done = await _park(broker, waiting)
        if done:
            await books.forwarded(done)
        count += len(done)
        if len(done) < len(waiting):
            break
    return count


async def _park(broker: Broker, waiting: Sequence[ParkedMessage]) -> Sequence[int]:
    """The numbers of those that are there now, up to the first that the broker does not take."""
    done = []
    for parked in waiting:
        try:
            await broker.park(parked.message, parked.error, DEADLINE)
        except MessageRefusedError as error:
            # Too large even for that topic: the books have it, and nobody needs to try again.
            _log.warning("message %s is not forwarded: %s", parked.message.id, error)
        except BrokerUnavailableError as error:
            _log.warning("the broker takes no parked messages: %s", error)
            break
        done.append(parked.number)
    return done
