"""Embedded servers never stand in for production's."""

import pytest

from ops.errors import NotConfiguredError
from ops.servers import embedded_servers


def test_production_without_addresses_is_refused_before_anything_is_made(tmp_path):
    environment = {"ORDERKEEP_ENVIRONMENT": "production", "REDIS_URL": "redis://cache/0"}

    with (
        pytest.raises(NotConfiguredError, match="set DATABASE_URL, TEMPORAL_ADDRESS"),
        embedded_servers(tmp_path / "data", environment=environment),
    ):
        pytest.fail("production runs on embedded servers")

    assert not (tmp_path / "data").exists()
