"""Whoever is killed, each event reaches each consumer, in its stream's order, and has its effect once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.heard_stock import heard_stock
from ops.servers.kafka import EmbeddedKafka
from ops.servers.rabbitmq import EmbeddedRabbitMQ
from ops.servers.valkey import EmbeddedValkey
from tests.integration.messaging.killing import EVENTS_OF_A_STORY, Battle
from tests.support.brokers import BrokerWorld, kafka_world, rabbitmq_world, valkey_world

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

WORLDS = {"valkey": valkey_world, "kafka": kafka_world, "rabbitmq": rabbitmq_world}
VARIABLES = {
    "valkey": {"REDIS_URL": "{}"},
    "kafka": {"ORDERKEEP_BROKER": "kafka", "ORDERKEEP_KAFKA_SERVERS": "{}"},
    "rabbitmq": {"ORDERKEEP_BROKER": "rabbitmq", "ORDERKEEP_AMQP_URL": "{}"},
}
# What each story tells: waits for payment, paid, shipped; and the merchant: to send.
NOTICES_OF_A_STORY = 4

_TAKEN = "SELECT consumer, count(*), min(version) FROM consumer_streams GROUP BY 1 ORDER BY 1"


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerWorld]:
    with WORLDS[request.param](tmp_path) as running:
        yield running


@pytest.fixture
def battle(
    request: pytest.FixtureRequest, pool: Pool, fresh_database: str, world: BrokerWorld, tmp_path: Path
) -> Battle:
    """Over that world, with so many events and rounds of kills."""
    events, rounds = request.param
    assert isinstance(world.server, EmbeddedValkey | EmbeddedKafka | EmbeddedRabbitMQ)
    variables = {name: value.format(world.server.address) for name, value in VARIABLES[world.name].items()}
    environment = {"DATABASE_URL": fresh_database, **variables}
    return Battle(pool, environment, world.server, events // EVENTS_OF_A_STORY, rounds, tmp_path)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("world", "battle"),
    [
        ("valkey", (4_000, 1)),
        pytest.param("valkey", (50_000, 3), marks=pytest.mark.brokers),
        pytest.param("kafka", (50_000, 3), marks=pytest.mark.brokers),
        pytest.param("rabbitmq", (50_000, 3), marks=pytest.mark.brokers),
    ],
    indirect=["world", "battle"],
)
async def test_every_event_reaches_every_consumer_in_order_and_has_its_effect_once(
    pool: Pool, battle: Battle
) -> None:
    stories = battle.stories

    await battle.fight()

    assert battle.killed == dict.fromkeys(("publisher", "consumer", "broker"), battle.rounds)
    assert await heard_stock(pool) == battle.stock()
    assert await pool.fetchval("SELECT count(*) FROM event_notices") == stories * NOTICES_OF_A_STORY
    taken = await pool.fetch(_TAKEN)
    assert [tuple(row) for row in taken] == [
        ("notification", stories, EVENTS_OF_A_STORY),
        ("stock", stories, EVENTS_OF_A_STORY),
    ]
    assert battle.recorder.out_of_order() == {}
    assert await pool.fetchval("SELECT count(*) FROM consumer_parked") == 0
    assert await pool.fetchval("SELECT count(*) FROM publisher_stopped") == 0
    assert await pool.fetchval("SELECT count(*) FROM alerts") == 0
