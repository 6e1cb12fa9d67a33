"""The whole product, started once for all journeys, in a data folder of its own."""

import os
import tempfile
from pathlib import Path

import pytest

from ops.demo import WINDOWS
from ops.scenarios.shop import Shop
from ops.stack import Stack


@pytest.fixture(scope="session")
async def stack():
    # Only what finds programs: a configured address must not reach the tests.
    neutral = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="orderkeep-test-e2e-") as folder:
        async with Stack(Path(folder), environment={**neutral, **WINDOWS}) as running:
            yield running


@pytest.fixture
async def shop(stack):
    async with Shop(stack.api_url, stack.provider_url) as shop:
        yield shop
