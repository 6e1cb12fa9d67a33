"""A caller of our gRPC services over a real connection to a server in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from adapters.protobuf.v1.errors_pb2 import Problem
from api.access import ApiKeys
from api.edge import Limits
from api.grpc.serving import serving
from tests.support.api_world import ApiWorld

_M = TypeVar("_M", bound=Message)
SECONDS = 30.0  # two slow cores may be busy with other tests


@dataclass
class GrpcCaller:
    """Calls by a method's short name, such as `Pricing/OrderPrice`."""

    channel: grpc.aio.Channel
    world: ApiWorld

    async def call(self, method: str, request: Message | bytes, answer: type[_M], **stated: Any) -> _M:
        return answer.FromString(await self.raw(method, request, **stated))

    async def raw(
        self,
        method: str,
        request: Message | bytes,
        *,
        key: str = "",
        seconds: float = SECONDS,
        metadata: tuple[tuple[str, str], ...] = (),
    ) -> bytes:
        said = [*metadata, *([("authorization", f"Bearer {key}")] if key else [])]
        ask: Any = self.channel.unary_unary(f"/orderkeep.v1.{method}")
        body = request if isinstance(request, bytes) else request.SerializeToString()
        answer: bytes = await ask(body, timeout=seconds, metadata=said)
        return answer

    async def refused(self, method: str, request: Message | bytes, **stated: Any) -> Refusal:
        """How the call was refused; fails when it was not."""
        try:
            await self.raw(method, request, **stated)
        except grpc.aio.AioRpcError as error:
            return Refusal.of(error)
        raise AssertionError("the call was answered")


@dataclass(frozen=True)
class Refusal:
    status: grpc.StatusCode
    code: str
    problem: Problem
    request_id: str

    @classmethod
    def of(cls, error: grpc.aio.AioRpcError) -> Refusal:
        trailing: Any = error.trailing_metadata() or ()
        told = dict(trailing)
        problem = Problem.FromString(told.get("orderkeep-problem-bin", b""))
        return cls(
            error.code(), str(told.get("orderkeep-code", "")), problem, str(told.get("x-request-id", ""))
        )


@asynccontextmanager
async def grpc_caller(
    world: ApiWorld, keys: Iterable[str] = (), limits: Limits | None = None
) -> AsyncIterator[GrpcCaller]:
    """Serve the world's use cases, and call them."""
    async with (
        serving("127.0.0.1", 0, world.services, ApiKeys(keys), limits) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield GrpcCaller(channel, world)
