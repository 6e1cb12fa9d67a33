"""The API's process runs on uvloop: gRPC answers there too, beside HTTP, and a taken port is told."""

from __future__ import annotations

import asyncio
import socket
import sys
from textwrap import dedent

import pytest

from api.access import ApiKeys
from api.grpc.serving import serving
from tests.support.api_world import ApiWorld

ON_UVLOOP = dedent(
    """
    import asyncio, uvloop
    from adapters.protobuf.v1 import pricing_pb2
    from tests.support.api_world import api_world
    from tests.support.grpc_caller import grpc_caller

    async def main():
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        async with api_world() as world, grpc_caller(world) as caller:
            request = pricing_pb2.DisplayPricesRequest(currency="CNY", skus=["mug"])
            for _ in range(20):
                shown, page = await asyncio.gather(
                    caller.call("Pricing/DisplayPrices", request, pricing_pb2.DisplayPricesResponse),
                    world.http.post("/v1/prices/display", json={"currency": "CNY", "skus": ["mug"]}),
                )
                assert shown.items[0].price.amount == page.json()["items"][0]["price"]["amount"]
        print("answered")

    uvloop.run(main())
    """
)


async def test_calls_are_answered_on_the_loop_of_the_server():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        ON_UVLOOP,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()

    assert (process.returncode, out.decode().strip()) == (0, "answered"), err.decode()


async def test_a_port_that_somebody_else_has_is_told(world: ApiWorld):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=str(port)):
            async with serving("127.0.0.1", port, world.services, ApiKeys(())):
                pass


async def test_without_a_port_nothing_is_served(world: ApiWorld):
    async with serving("127.0.0.1", None, world.services, ApiKeys(())) as port:
        assert port is None
