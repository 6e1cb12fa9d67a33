"""The doctor names what is missing with its remedy, and does not judge books that it cannot read."""

import socket

import pytest

from ops.doctor import Finding, State, examine
from ops.ports import HOST


def finding(name: str, findings: list[Finding]) -> Finding:
    """The finding with that name."""
    return next(found for found in findings if found.name == name)


@pytest.fixture
def bare(tmp_path):
    """A machine without Temporal, Go and a cache."""
    return {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}


def test_temporal_without_go_is_missing_and_has_remedies(tmp_path, bare):
    temporal = finding("Temporal", examine(tmp_path, bare))

    assert temporal.state is State.MISSING
    assert "TEMPORAL_ADDRESS" in temporal.remedy


def test_temporal_with_go_comes_later(tmp_path, bare):
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\n", encoding="utf-8")
    go.chmod(0o755)

    assert finding("Temporal", examine(tmp_path, bare)).state is State.LATER


def test_the_wheels_of_postgres_and_valkey_work(tmp_path, bare):
    findings = examine(tmp_path, bare)

    assert finding("PostgreSQL", findings).state is State.FINE
    assert finding("Valkey", findings).state is State.FINE
    assert "18" in finding("PostgreSQL", findings).found


def test_a_configured_server_that_answers_is_fine(tmp_path, bare):
    with socket.create_server((HOST, 0)) as listener:
        address = f"{HOST}:{listener.getsockname()[1]}"

        temporal = finding("Temporal", examine(tmp_path, bare | {"TEMPORAL_ADDRESS": address}))

    assert temporal == Finding("Temporal", State.FINE, f"{address}, configured by TEMPORAL_ADDRESS")


def test_a_configured_server_that_does_not_answer_is_missing(tmp_path, bare):
    with socket.create_server((HOST, 0)) as listener:
        address = f"postgresql://me:secret@{HOST}:{listener.getsockname()[1]}/orders"

    postgres = finding("PostgreSQL", examine(tmp_path, bare | {"DATABASE_URL": address}))

    assert postgres.state is State.MISSING
    assert "DATABASE_URL" in postgres.remedy
    assert "secret" not in postgres.found


def test_without_a_database_no_books_are_compared(tmp_path, bare):
    books = finding("Books", examine(tmp_path, bare))

    assert books.state is State.FINE
    assert "not compared" in books.found


def test_books_that_cannot_be_read_are_neither_right_nor_wrong(tmp_path, bare):
    with socket.create_server((HOST, 0)) as listener:
        address = f"postgresql://me:secret@{HOST}:{listener.getsockname()[1]}/orders"

    books = finding("Books", examine(tmp_path, bare | {"DATABASE_URL": address}))

    assert books.state is State.LATER
    assert "not compared" in books.found
    assert "secret" not in books.found


def test_valkey_is_the_broker_unless_another_one_is_named(tmp_path, bare):
    assert finding("Broker", examine(tmp_path, bare)).found == "Valkey's streams"


@pytest.mark.parametrize(
    ("kind", "variable", "form"),
    [
        ("kafka", "ORDERKEEP_KAFKA_SERVERS", "{}:{},other:9092"),
        ("rabbitmq", "ORDERKEEP_AMQP_URL", "amqp://me:secret@{}:{}/"),
    ],
)
def test_a_named_broker_must_have_an_address_that_answers(kind, variable, form, tmp_path, bare):
    named = {**bare, "ORDERKEEP_BROKER": kind}
    assert finding("Broker", examine(tmp_path, named)).remedy == f"Set {variable}."

    with socket.create_server((HOST, 0)) as listener:
        address = form.format(HOST, listener.getsockname()[1])
        there = finding("Broker", examine(tmp_path, {**named, variable: address}))
    gone = finding("Broker", examine(tmp_path, {**named, variable: address}))

    assert (there.state, gone.state) == (State.FINE, State.MISSING)
    assert variable in there.found
    assert "secret" not in there.found + gone.found


def test_without_a_database_no_messages_are_looked_at(tmp_path, bare):
    assert finding("Messages", examine(tmp_path, bare)).found == "not looked at: no database runs"
