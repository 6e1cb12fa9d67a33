"""Fixtures of the workflow tests: one Temporal for the session, a shop of its own for each test."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from adapters.temporal.converter import data_converter
from tests.workflow.shop import Shop, open_shop


@pytest.fixture(scope="session")
async def temporal(temporal_address: str) -> Client:
    return await Client.connect(temporal_address, data_converter=data_converter())


@pytest.fixture
async def shop(temporal: Client) -> AsyncIterator[Shop]:
    async with open_shop(temporal) as opened:
        yield opened
