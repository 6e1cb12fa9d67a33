"""A shop of fakes whose gRPC is real."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.api_world import ApiWorld, api_world
from tests.support.grpc_caller import GrpcCaller, grpc_caller


@pytest.fixture
async def world() -> AsyncIterator[ApiWorld]:
    async with api_world() as made:
        yield made


@pytest.fixture
async def caller(world: ApiWorld) -> AsyncIterator[GrpcCaller]:
    async with grpc_caller(world) as made:
        yield made
