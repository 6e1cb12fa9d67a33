"""Topics on Kafka: created where they are missing; older ones are made to take our largest message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    NotControllerError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from adapters.brokers.kafka.sending import LARGEST_REQUEST

CLUSTERS_OWN: Final = -1  # as many copies as the cluster makes by default
LARGEST_SETTING: Final = "max.message.bytes"  # a cluster may be told to take less
_SET: Final = 0


async def ensure(admin: AIOKafkaAdminClient, partitions: dict[str, int], settings: dict[str, str]) -> None:
    """Create what is missing of these topics, with `settings`; each has so many partitions.

    Of those that are there only the largest message is looked at, and raised when it is too small. Raises
    what aiokafka raises, also when the cluster does not let us.
    """
    wanted = [
        NewTopic(
            topic,
            number,
            CLUSTERS_OWN,
            replica_assignments={},
            topic_configs={LARGEST_SETTING: str(LARGEST_REQUEST), **settings},
        )
        for topic, number in partitions.items()
    ]
    answer = await _create(admin, wanted)
    there = []
    for topic, code, *_ in answer.topic_errors:
        if code == TopicAlreadyExistsError.errno:
            there.append(topic)
        elif code:
            raise for_code(code)
    if there and (small := await _too_small(admin, there)):
        await _raise_limit(admin, small)


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> Any:
    try:
        return await admin.create_topics(topics)
    except AttributeError as error:  # aiokafka's way of saying that the cluster has no controller just now
        raise NotControllerError("the cluster has no controller yet") from error


async def _too_small(admin: AIOKafkaAdminClient, topics: Collection[str]) -> Sequence[str]:
    """Those that take less than our largest message."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic, {LARGEST_SETTING: None}) for topic in topics]
    (told,) = await admin.describe_configs(asked)
    small = []
    for code, _, _, topic, entries in told.resources:
        if code == UnknownTopicOrPartitionError.errno:
            continue  # made a moment ago, and this server has not heard of it yet
        _check(topic, code)
        if any(int(value) < LARGEST_REQUEST for name, value, *_ in entries if name == LARGEST_SETTING):
            small.append(topic)
    return small


async def _raise_limit(admin: AIOKafkaAdminClient, topics: Collection[str]) -> None:
    setting = (LARGEST_SETTING, _SET, str(LARGEST_REQUEST))
    request = _AlterConfigs([(int(ConfigResourceType.TOPIC), topic, [setting]) for topic in topics])
    # aiokafka's own `alter_configs` would reset every setting that it does not name.
    answer = await admin._send_request(request)  # noqa: SLF001 - there is no public way for another request
    for code, _, _, topic in answer.resources:
        _check(topic, code)


def _check(topic: str, code: int) -> None:
    if code:
        raise for_code(code)(f"topic {topic} must have {LARGEST_SETTING}={LARGEST_REQUEST} at least")


class _AlterConfigsResponseV0(Response):  # type: ignore[misc]  # untyped, as all of aiokafka
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _AlterConfigsRequestV0(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _AlterConfigsResponseV0
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(("name", String("utf-8")), ("config_operation", Int8), ("value", String("utf-8"))),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class _AlterConfigs(Request[_AlterConfigsRequestV0]):  # type: ignore[misc]
    """IncrementalAlterConfigs (KIP-339, Kafka 2.3), which aiokafka does not have."""

    API_KEY = 44

    def __init__(self, resources: Sequence[Any]) -> None:
        self._resources = resources

    def build(self, request_struct_class: type[_AlterConfigsRequestV0]) -> _AlterConfigsRequestV0:
        return request_struct_class(self._resources, False)
