"""Ports: configured first, then remembered, then free; never one that somebody else uses."""

import socket

import pytest

from ops.errors import PortError
from ops.ports import HIGHEST, HOST, LOWEST, Ports, is_free


@pytest.fixture
def taken():
    """A port somebody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_next_start_gets_the_same_ports(tmp_path):
    first = Ports(tmp_path / "ports.json", {})
    chosen = [first.choose("api"), first.choose("worker")]

    second = Ports(tmp_path / "ports.json", {})

    assert [second.choose("api"), second.choose("worker")] == chosen
    assert chosen[0] != chosen[1]


def test_a_remembered_port_that_is_taken_by_now_is_replaced(tmp_path, taken):
    (tmp_path / "ports.json").write_text(f'{{"api": {taken}}}', encoding="utf-8")

    port = Ports(tmp_path / "ports.json", {}).choose("api")

    assert port != taken
    assert Ports(tmp_path / "ports.json", {}).choose("api") == port


def test_free_ports_stay_below_those_of_outgoing_connections(tmp_path):
    port = Ports(tmp_path / "ports.json", {}).choose("api")

    assert LOWEST <= port < HIGHEST
    assert is_free(port)


def test_a_configured_port_wins(tmp_path):
    free = Ports(tmp_path / "other.json", {}).choose("any")
    (tmp_path / "ports.json").write_text('{"api": 15001}', encoding="utf-8")

    assert Ports(tmp_path / "ports.json", {"ORDERKEEP_API_PORT": str(free)}).choose("api") == free


def test_a_configured_port_that_is_taken_is_an_error_with_its_variable(tmp_path, taken):
    ports = Ports(tmp_path / "ports.json", {"ORDERKEEP_API_PORT": str(taken)})

    with pytest.raises(PortError, match="ORDERKEEP_API_PORT"):
        ports.choose("api")


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_a_configured_port_that_is_none_is_an_error(tmp_path, text):
    with pytest.raises(PortError, match="no port number"):
        Ports(tmp_path / "ports.json", {"ORDERKEEP_API_PORT": text}).choose("api")


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"api": "x"}'])
def test_a_damaged_memory_of_ports_is_forgotten(tmp_path, content):
    (tmp_path / "ports.json").write_text(content, encoding="utf-8")

    assert LOWEST <= Ports(tmp_path / "ports.json", {}).choose("api") < HIGHEST
