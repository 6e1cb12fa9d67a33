"""What only the broker on Kafka promises: how its topics are made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from adapters.brokers.kafka import KafkaBroker
from domain.ports.brokers import BrokerUnavailableError
from ops.servers.kafka import EmbeddedKafka
from tests.support.brokers import BrokerWorld, fresh_topic


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
        assert told["max.message.bytes"] == "1048576"


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
