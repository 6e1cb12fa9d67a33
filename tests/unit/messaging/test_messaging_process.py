"""What passes is waited out, what does not ends the process, and settings without an address are refused."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from pydantic import ValidationError

from adapters.settings import Settings
from ops.messaging import process
from ops.messaging.process import keep_going
from tests.unit.messaging.publishing import until


async def test_a_work_that_ends_by_what_passes_begins_again(monkeypatch):
    monkeypatch.setattr(process, "_FIRST_PAUSE", 0.001)
    begun: list[int] = []

    async def work() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise OSError("away")
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError):
        await asyncio.wait_for(keep_going(work, (OSError,), "work"), timeout=5)

    assert begun == [0, 1, 2, 3, 4]


async def test_a_work_goes_on_after_an_odd_failure_that_does_not_come_again(monkeypatch):
    monkeypatch.setattr(process, "_FIRST_PAUSE", 0.001)
    errors = iter([RuntimeError("the handler is closed"), AttributeError("nodeId"), OSError(), OSError()])
    works = asyncio.Event()

    async def work() -> None:
        if (error := next(errors, None)) is not None:
            raise error
        works.set()
        await asyncio.Event().wait()

    going = asyncio.create_task(keep_going(work, (OSError,), "work"))
    await asyncio.wait_for(works.wait(), timeout=5)

    assert not going.done()
    going.cancel()


@pytest.mark.parametrize(
    ("broker", "needed"), [("kafka", "ORDERKEEP_KAFKA_SERVERS"), ("rabbitmq", "ORDERKEEP_AMQP_URL")]
)
def test_a_broker_that_is_chosen_needs_its_address(broker, needed):
    with pytest.raises(ValidationError, match=needed):
        Settings(_env_file=None, broker=broker)


def test_without_a_database_the_process_says_what_is_missing(monkeypatch, capsys):
    for variable in ("DATABASE_URL", "REDIS_URL", "ORDERKEEP_DATABASE_URL", "ORDERKEEP_REDIS_URL"):
        monkeypatch.delenv(variable, raising=False)

    with pytest.raises(SystemExit) as ended:
        process.run_process("publisher", lambda settings: settings.publisher_health_port, None)  # type: ignore[arg-type]

    assert ended.value.code == 2
    assert "DATABASE_URL, REDIS_URL is not set" in capsys.readouterr().err


class Nothing:
    """A process without works, whose state is told."""

    works: ClassVar[dict[str, object]] = {}
    passing = (OSError,)

    def state(self) -> dict[str, object]:
        return {"sent": 7}


async def test_a_process_waits_for_its_servers_at_the_beginning(monkeypatch):
    monkeypatch.setattr(process, "_FIRST_PAUSE", 0.001)
    tries: list[int] = []

    @asynccontextmanager
    async def opening(_settings: Settings) -> AsyncIterator[Nothing]:
        tries.append(len(tries))
        if len(tries) < 3:
            raise OSError("away")
        yield Nothing()

    running = process.MessagingProcess("publisher", Settings(_env_file=None), 0, opening)  # type: ignore[arg-type]
    assert running._state() == (False, {"status": "starting"})
    task = asyncio.create_task(running.run())
    await until(lambda: running._works is not None)
    assert running._state() == (True, {"status": "ok", "sent": 7})
    os.kill(os.getpid(), signal.SIGTERM)

    assert await asyncio.wait_for(task, timeout=5) == 0
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(wanted)
    assert tries == [0, 1, 2]
