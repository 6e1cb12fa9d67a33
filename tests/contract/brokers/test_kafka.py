"""What only the broker on Kafka promises: how its topics are made."""

from __future__ import annotations

import struct
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from adapters.brokers.kafka import KafkaBroker
from adapters.brokers.kafka.sending import LARGEST_REQUEST
from domain.ports.brokers import LARGEST_MESSAGE, BrokerUnavailableError
from ops.servers.kafka import EmbeddedKafka
from tests.support.brokers import QUICK, BrokerWorld, Heard, a_message, fresh_topic, publish_all


@pytest.mark.brokers
async def test_messages_that_must_not_stay_go_by_age_and_large_ones_are_taken(
    kafka_broker_world: BrokerWorld,
) -> None:
    assert isinstance(kafka_broker_world.server, EmbeddedKafka)
    broker, topic = kafka_broker_world.connect(), fresh_topic()
    await broker.ensure_topics([topic], kept=timedelta(hours=1))
    await broker.close()

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_broker_world.server.address)
    await admin.start()
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in (topic, f"{topic}.poison")]
    (answer,) = await admin.describe_configs(wanted)
    await admin.close()

    for resource in answer.resources:
        told = {name: value for name, value, *_ in resource[-1]}
        assert (told["retention.ms"], told["segment.ms"]) == ("3600000", "3600000")
        assert int(told["max.message.bytes"]) == LARGEST_REQUEST > LARGEST_MESSAGE


@pytest.mark.brokers
async def test_a_topic_that_was_made_for_smaller_messages_is_raised_and_keeps_its_other_settings(
    kafka_broker_world: BrokerWorld,
) -> None:
    assert isinstance(kafka_broker_world.server, EmbeddedKafka)
    small, large = fresh_topic(), fresh_topic()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_broker_world.server.address)
    await admin.start()
    limits = {small: "1048576", large: str(2 * LARGEST_REQUEST)}
    await admin.create_topics(
        [
            NewTopic(name, 4, 1, topic_configs={"max.message.bytes": limit, "retention.ms": "7777777"})
            for name, limit in limits.items()
        ]
    )
    broker, heard = kafka_broker_world.connect(), Heard()

    await broker.ensure_topics([small, large])

    # Again and again, until the partition's leader has heard of the new setting.
    await publish_all(broker, [a_message(small, "ord_1", 1, b"x" * LARGEST_MESSAGE)])
    subscription = await broker.subscribe(small, "stock", heard, QUICK)
    await heard.has(["ord_1:1"])
    await subscription.unsubscribe()
    await broker.close()
    (answer,) = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name) for name in limits]
    )
    await admin.close()
    told = {resource[3]: {name: value for name, value, *_ in resource[4]} for resource in answer.resources}
    assert int(told[small]["max.message.bytes"]) == LARGEST_REQUEST
    assert int(told[large]["max.message.bytes"]) == 2 * LARGEST_REQUEST
    assert {settings["retention.ms"] for settings in told.values()} == {"7777777"}


class Cluster:
    """Stands for one that has the topics, each with a limit; `lets` is its answer to whoever changes it."""

    def __init__(self, limits: dict[str, int], lets: int = 0) -> None:
        self.limits = limits
        self.lets = lets
        self.asked: list[bytes] = []

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def create_topics(self, topics: list[NewTopic]) -> Any:
        return SimpleNamespace(topic_errors=[(topic.name, 36, None) for topic in topics])

    async def describe_configs(self, asked: list[ConfigResource]) -> Any:
        rows: list[tuple[Any, ...]] = [
            (0, None, 2, each.name, [("max.message.bytes", str(self.limits[each.name]), False, 1, False, [])])
            if each.name in self.limits
            else (3, None, 2, each.name, [])
            for each in asked
        ]
        return [SimpleNamespace(resources=rows)]

    async def _send_request(self, request: Any) -> Any:
        prepared = request.prepare({44: (0, 1)})
        self.asked.append(prepared.encode())
        resources = prepared.to_object()["resources"]
        return SimpleNamespace(resources=[(self.lets, None, 2, each["resource_name"]) for each in resources])


async def _asked(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    monkeypatch.setattr("adapters.brokers.kafka.broker.AIOKafkaAdminClient", lambda **_: cluster)
    await KafkaBroker("127.0.0.1:1").ensure_topics(["t"])
    return cluster.asked


async def test_only_a_limit_that_is_too_small_is_raised_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # By the protocol's own description: IncrementalAlterConfigs, version 0.
    name, value = b"max.message.bytes", str(LARGEST_REQUEST).encode()
    setting = struct.pack(">h", len(name)) + name + b"\0" + struct.pack(">h", len(value)) + value
    resource = b"\2" + struct.pack(">h", 1) + b"t" + struct.pack(">i", 1) + setting
    wanted = struct.pack(">i", 1) + resource + b"\0"

    assert await _asked(Cluster({"t": 1_048_576, "t.poison": LARGEST_REQUEST}), monkeypatch) == [wanted]
    assert await _asked(Cluster({"t": 10**9, "t.poison": LARGEST_REQUEST}), monkeypatch) == []
    assert await _asked(Cluster({"t": LARGEST_REQUEST}), monkeypatch) == []  # the other is not known yet


async def test_a_limit_that_we_may_not_raise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        BrokerUnavailableError, match=rf"topic t must have max.message.bytes={LARGEST_REQUEST}"
    ):
        await _asked(Cluster({"t": 1_048_576, "t.poison": LARGEST_REQUEST}, lets=29), monkeypatch)


async def test_a_cluster_without_a_controller_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def started(self: Any) -> None:
        self._client.cluster.controller = None

    async def nothing(self: Any) -> bool:
        return False

    monkeypatch.setattr(AIOKafkaAdminClient, "start", started)
    monkeypatch.setattr("aiokafka.client.AIOKafkaClient.force_metadata_update", nothing)
    broker = KafkaBroker("127.0.0.1:1")

    with pytest.raises(BrokerUnavailableError, match="no controller"):
        await broker.ensure_topics(["order-events"])
