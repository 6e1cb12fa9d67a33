"""What every order intake promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.address import Address
from domain.money import Money
from domain.ports.intake import IdempotencyKeyReusedError, IntakeEntry, PlaceOrder, StoredAnswer
from domain.pricing.request import RequestedLine
from tests.support.port_worlds import PortWorld

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
CREATED = StoredAnswer(201, '{"status": "created", "订单": 1}')


def an_entry(name: str = "1", accepted_at: datetime = NOON, key: str = "key-1") -> IntakeEntry:
    command = PlaceOrder(
        buyer_id="buyer-1",
        snapshot_id="snp_1",
        currency="CNY",
        lines=(RequestedLine("tea", 2), RequestedLine("杯", 1), RequestedLine("tea", 1)),
        address=Address("1 Main Street", "杭州", "310000", "CN"),
        correlation_id="req_1",
    )
    return IntakeEntry(
        order_id=f"ord_{name}",
        number=f"NUMBER-{name}",
        key=key,
        command=command,
        total=Money(88_000, "CNY"),
        merchants=("m2", "m1"),
        accepted_at=accepted_at,
        answer=None,
        started=False,
    )


async def accepted(world: PortWorld, *names: str) -> None:
    for offset, name in enumerate(names):
        entry = an_entry(name, NOON + timedelta(seconds=offset), key=f"key-{name}")
        await world.intake.accept("shop", entry.key, "digest", entry)


async def due(world: PortWorld, before: datetime = LATER, limit: int = 100) -> list[str]:
    return [entry.order_id for entry in await world.intake.not_started(before=before, limit=limit)]


async def test_all_that_a_buyer_ever_asked_for_is_found_the_oldest_first(world: PortWorld) -> None:
    await accepted(world, "2", "1")
    other = replace(an_entry("3"), command=replace(an_entry().command, buyer_id="buyer-2"))
    await world.intake.accept("shop", "key-3", "digest", other)
    await world.intake.mark_started("ord_2")

    found = await world.intake.of_buyer("buyer-1")

    assert [(entry.order_id, entry.started) for entry in found] == [("ord_2", True), ("ord_1", False)]
    assert await world.intake.of_buyer("nobody") == ()


async def test_what_was_accepted_is_found_again_whole(world: PortWorld) -> None:
    entry = an_entry()

    answer = await world.intake.accept("shop", "key-1", "digest", entry)

    assert answer == (entry, True)
    assert await world.intake.find("ord_1") == entry


async def test_an_order_without_address_is_found_again_without(world: PortWorld) -> None:
    entry = replace(an_entry(), command=replace(an_entry().command, address=None))

    await world.intake.accept("shop", "key-1", "digest", entry)

    assert await world.intake.find("ord_1") == entry


async def test_an_order_that_nobody_placed_is_not_found(world: PortWorld) -> None:
    assert await world.intake.find("ord_none") is None


async def test_the_same_key_again_gets_the_first_order(world: PortWorld) -> None:
    first = an_entry("1")
    await world.intake.accept("shop", "key-1", "digest", first)

    again = await world.intake.accept("shop", "key-1", "digest", an_entry("2", LATER))

    assert again == (first, False)
    assert await world.intake.find("ord_2") is None


async def test_ten_equal_requests_at_once_make_one_order(world: PortWorld) -> None:
    posts = (world.intake.accept("shop", "key-1", "digest", an_entry(str(n))) for n in range(10))

    answers = await asyncio.gather(*posts)

    assert sum(is_new for _, is_new in answers) == 1
    assert len({entry.order_id for entry, _ in answers}) == 1
    assert len(await due(world)) == 1


async def test_the_same_key_with_another_request_is_refused(world: PortWorld) -> None:
    first = an_entry()
    await world.intake.accept("shop", "key-1", "digest", first)

    with pytest.raises(IdempotencyKeyReusedError):
        await world.intake.accept("shop", "key-1", "another digest", an_entry("2"))

    assert await world.intake.find("ord_1") == first


async def test_another_caller_may_use_the_same_key(world: PortWorld) -> None:
    await world.intake.accept("shop", "key-1", "digest", an_entry("1"))

    _, is_new = await world.intake.accept("other shop", "key-1", "digest", an_entry("2"))

    assert is_new


async def test_a_repeat_gets_the_answer_that_was_kept(world: PortWorld) -> None:
    await world.intake.accept("shop", "key-1", "digest", an_entry())
    await world.intake.keep_answer("ord_1", CREATED)

    entry, is_new = await world.intake.accept("shop", "key-1", "digest", an_entry("2"))

    assert (entry.answer, entry.started, is_new) == (CREATED, True, False)


async def test_the_first_definite_answer_stays(world: PortWorld) -> None:
    await accepted(world, "1")
    await world.intake.keep_answer("ord_1", CREATED)

    await world.intake.keep_answer("ord_1", StoredAnswer(409, "{}"))

    entry = await world.intake.find("ord_1")
    assert entry is not None
    assert entry.answer == CREATED


async def test_only_orders_that_are_not_known_to_run_are_given_to_the_relay_oldest_first(
    world: PortWorld,
) -> None:
    await accepted(world, "1", "2", "3", "4")
    await world.intake.mark_started("ord_2")
    await world.intake.keep_answer("ord_3", CREATED)

    assert await due(world) == ["ord_1", "ord_4"]


async def test_an_order_is_left_to_its_request_for_a_while(world: PortWorld) -> None:
    await accepted(world, "1", "2")

    assert await due(world, before=NOON) == []
    assert await due(world, before=NOON + timedelta(seconds=1)) == ["ord_1"]


async def test_an_order_that_was_given_out_rests_for_the_lease_and_then_comes_again(world: PortWorld) -> None:
    await accepted(world, "1")
    await due(world)

    assert await due(world, LATER + timedelta(seconds=5)) == []
    assert await due(world, LATER + timedelta(seconds=6)) == ["ord_1"]


async def test_relays_share_the_work_and_leave_nothing(world: PortWorld) -> None:
    names = [str(number) for number in range(20)]
    await accepted(world, *names)

    shares = await asyncio.gather(*(due(world, limit=7) for _ in range(5)))

    given = [order_id for share in shares for order_id in share]
    given += await due(world)  # a relay skips rows that another one is just taking
    assert sorted(given) == sorted(f"ord_{name}" for name in names)
    assert max(len(share) for share in shares) <= 7
