"""Work after the answer: bounded in number and in time, and never a reason to fail."""

from __future__ import annotations

import asyncio

from api.background import Background


async def test_there_is_room_for_a_bounded_number_of_tasks():
    background, gate = Background(largest=2), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    taken = [background.start("wait", wait(), seconds=5) for _ in range(3)]
    gate.set()
    await background.drain(1)

    assert taken == [True, True, False]
    assert background.start("again", wait(), seconds=5)
    await background.drain(1)


async def test_work_ends_at_its_deadline_and_says_so(caplog):
    background = Background()

    background.start("sleep long", asyncio.sleep(60), seconds=0.01)
    await background.drain(1)

    assert "sleep long" in caplog.text


async def test_what_does_not_end_in_time_is_cancelled_at_the_end():
    background, cancelled = Background(), asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    background.start("stubborn", stubborn(), seconds=60)
    await background.drain(0.01)

    assert cancelled.is_set()
