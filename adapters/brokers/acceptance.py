"""What every broker here accepts and where it puts it: one rule for all. It sends nothing."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from domain.errors import InvalidValueError
from domain.ports.brokers import LARGEST_MESSAGE, Message, MessageRefusedError, Refusal

POISON: Final = ".poison"
REASON_HEADER: Final = "poison-reason"
ORIGIN_HEADER: Final = "poison-topic"
LONGEST_REASON: Final = 1_000  # characters
LARGEST_HEADERS: Final = 16_384  # characters of all names and values together
LONGEST_KEY: Final = 500  # characters, of an id as well
PARTITIONS: Final = 8  # of one topic: as many members of a group can work at once
_NAME = re.compile(r"[a-z][a-z0-9.-]{0,99}")


def checked_name(name: str, what: str) -> str:
    """The name of a topic or group: small letters, digits, dots and dashes, 100 at most.

    Raises `InvalidValueError`: `what` names the field.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidValueError(field=what, rule="small letters, digits, dots and dashes, at most 100")
    return name


def with_poison(topics: Iterable[str]) -> list[str]:
    """The topics, each followed by its poison topic; a poison topic has none of its own."""
    wanted: dict[str, None] = {}
    for topic in topics:
        wanted[checked_name(topic, "topic")] = None
        if not topic.endswith(POISON):
            wanted[topic + POISON] = None
    return list(wanted)


def partitions_of(topic: str, partitions: int) -> int:
    """How many partitions a topic has; a poison topic is read by people and needs one."""
    return 1 if topic.endswith(POISON) else partitions


def partition_of(key: str, partitions: int) -> int:
    """Where the messages of a key go, the same in every process and for ever."""
    return zlib.crc32(key.encode()) % partitions


def refusal_of(message: Message) -> Refusal | None:
    """Why no broker takes this message, whatever it is; None when there is no reason."""
    if not message.key:
        return Refusal.NO_KEY
    return _too_large(message)


def acceptable(messages: Sequence[Message]) -> tuple[Sequence[Message], MessageRefusedError | None]:
    """The messages before the first one that can never be sent, and the error about that one."""
    for index, message in enumerate(messages):
        if (reason := refusal_of(message)) is not None:
            return messages[:index], refused(index, message, reason)
    return messages, None


def refused(index: int, message: Message, reason: Refusal) -> MessageRefusedError:
    """The error about the message at `index` of a batch; it names the message and repeats nothing of it."""
    return MessageRefusedError(index=index, reason=reason.value, topic=message.topic, message=message.id)


def poisoned(message: Message, reason: str) -> Message:
    """The message as it stands in its poison topic. It may lack a key: whoever sent it did not know better.

    Raises `MessageRefusedError` when it is too large even for that.
    """
    if (too_large := _too_large(message)) is not None:
        raise refused(0, message, too_large)
    headers = {**message.headers, REASON_HEADER: reason[:LONGEST_REASON], ORIGIN_HEADER: message.topic}
    return replace(message, topic=message.topic + POISON, headers=headers)


def text_headers(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Headers as most brokers carry them."""
    return [(name, value.encode()) for name, value in headers.items()]


def chunks(messages: Sequence[Message], count: int, size: int) -> Iterable[Sequence[Message]]:
    """Cut a batch into pieces of at most `count` messages and about `size` bytes, in order."""
    left = iter(messages)
    while piece := _piece(left, count, size):
        yield piece


def _piece(left: Iterable[Message], count: int, size: int) -> list[Message]:
    piece: list[Message] = []
    for message in islice(left, count):
        piece.append(message)
        size -= len(message.body)
        if size <= 0:
            break
    return piece


def _too_large(message: Message) -> Refusal | None:
    if len(message.body) > LARGEST_MESSAGE:
        return Refusal.TOO_LARGE
    if max(len(message.key), len(message.id)) > LONGEST_KEY:
        return Refusal.TOO_LARGE
    if sum(len(name) + len(value) for name, value in message.headers.items()) > LARGEST_HEADERS:
        return Refusal.TOO_LARGE
    return None
