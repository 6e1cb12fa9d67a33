"""What every broker promises a sender."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from domain.ports.brokers import (
    LARGEST_MESSAGE,
    BrokerUnavailableError,
    Message,
    MessageRefusedError,
    Refusal,
)
from tests.support.brokers import (
    QUICK,
    SOON,
    BrokerWorld,
    ClosableBroker,
    Heard,
    a_message,
    a_story,
    fresh_topic,
    publish_all,
)


async def test_a_message_arrives_as_it_was_sent(broker: ClosableBroker, topic: str) -> None:
    sent = Message(
        topic,
        "ord_鍵",
        "ord_1:7",
        bytes(range(256)),
        {"ce-id": "ord_1:7", "ce-subject": "订单", "content-type": "application/protobuf", "empty": ""},
    )
    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    assert await broker.publish_batch([sent], SOON) == 1

    await heard.has(["ord_1:7"])
    await subscription.unsubscribe()
    assert [one.message for one in heard.handled] == [sent]
    assert heard.handled[0].place
    assert not heard.handled[0].redelivered


async def test_an_empty_batch_is_sent_at_once(broker: ClosableBroker) -> None:
    assert await broker.publish_batch([], SOON) == 0


async def test_topics_may_be_ensured_again_and_keep_what_they_hold(
    broker: ClosableBroker, topic: str
) -> None:
    await broker.publish_batch(a_story(topic, 1, 3), SOON)

    await broker.ensure_topics([topic, topic])

    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await heard.has(["ord_0:1", "ord_0:2", "ord_0:3"])
    await subscription.unsubscribe()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (lambda topic: Message(topic, "", "no-key", b"{}"), Refusal.NO_KEY),
        (lambda topic: a_message(topic, "ord_1", 9, b"x" * (LARGEST_MESSAGE + 1)), Refusal.TOO_LARGE),
        (lambda topic: Message(topic, "k" * 501, "long-key", b"{}"), Refusal.TOO_LARGE),
        (lambda topic: Message(topic, "ord_1", "headers", b"{}", {"ce-x": "y" * 20_000}), Refusal.TOO_LARGE),
        (lambda _: a_message("nobody-made-this", "ord_1", 9), Refusal.UNROUTABLE),
    ],
    ids=["no key", "too large", "key too long", "headers too large", "unknown topic"],
)
async def test_a_message_that_can_never_be_sent_is_named_after_the_ones_before_it_have_arrived(
    broker: ClosableBroker, topic: str, bad: object, reason: Refusal
) -> None:
    assert callable(bad)
    before, after = a_message(topic, "ord_1", 1), a_message(topic, "ord_1", 2)
    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    with pytest.raises(MessageRefusedError) as refusal:
        await broker.publish_batch([before, bad(topic), after], SOON)

    assert (refusal.value.facts["index"], refusal.value.facts["reason"]) == (1, reason)
    await broker.publish_batch([after], SOON)
    await heard.has(["ord_1:1", "ord_1:2"])
    await subscription.unsubscribe()
    assert heard.ids == ["ord_1:1", "ord_1:2"]


async def test_a_first_message_that_can_never_be_sent_is_refused_at_once(
    broker: ClosableBroker, topic: str
) -> None:
    with pytest.raises(MessageRefusedError) as refusal:
        await broker.publish_batch([Message(topic, "", "no-key", b"{}")], SOON)

    assert refusal.value.facts["index"] == 0


async def test_the_largest_message_is_sent(broker: ClosableBroker, topic: str) -> None:
    largest = a_message(topic, "ord_1", 1, b"x" * LARGEST_MESSAGE)
    heard = Heard()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)

    assert await broker.publish_batch([largest] * 1, SOON) == 1

    await heard.has(["ord_1:1"])
    await subscription.unsubscribe()
    assert heard.handled[0].message.body == largest.body


async def test_a_member_has_only_some_large_messages_in_hand(
    remote: BrokerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.brokers.lanes.HELD_BYTES", 4_000_000)
    monkeypatch.setattr("adapters.brokers.valkey.member.READ_BYTES", 1_000_000)
    broker, topic, heard = remote.connect(), fresh_topic(), Heard()
    await broker.ensure_topics([topic])
    story = [a_message(topic, "ord_1", number, b"x" * 500_000) for number in range(1, 41)]
    await publish_all(broker, story)
    heard.gate.clear()
    subscription = await broker.subscribe(topic, "stock", heard, QUICK)
    await heard.entered.wait()
    await asyncio.sleep(1)  # time enough to take what must not be taken

    heard.gate.set()

    await heard.has(message.id for message in story)
    await subscription.unsubscribe()
    await broker.close()
    assert heard.ids == [message.id for message in story]
    assert max(len(batch) for batch in heard.batches) <= 12


async def test_a_batch_may_hold_several_topics(broker: ClosableBroker, topic: str) -> None:
    other = fresh_topic()
    await broker.ensure_topics([other])
    batch = [a_message(topic, "ord_1", 1), a_message(other, "ord_1", 2), a_message(topic, "ord_1", 3)]
    here, there = Heard(), Heard()
    subscriptions = [
        await broker.subscribe(topic, "stock", here, QUICK),
        await broker.subscribe(other, "stock", there, QUICK),
    ]

    assert await broker.publish_batch(batch, SOON) == 3

    await here.has(["ord_1:1", "ord_1:3"])
    await there.has(["ord_1:2"])
    for subscription in subscriptions:
        await subscription.unsubscribe()
    assert (here.ids, there.ids) == (["ord_1:1", "ord_1:3"], ["ord_1:2"])


async def test_a_parked_message_waits_in_the_poison_topic_with_its_reason(
    broker: ClosableBroker, topic: str
) -> None:
    bad = Message(topic, "ord_1", "ord_1:1", b"not json", {"content-type": "application/json"})
    keyless = Message(topic, "", "stranger", b"?")

    await broker.park(bad, "the body is not JSON", SOON)
    await broker.park(keyless, "there is no key", SOON)

    heard = Heard()
    subscription = await broker.subscribe(f"{topic}.poison", "people", heard, QUICK)
    await heard.has(["ord_1:1", "stranger"])
    await subscription.unsubscribe()
    parked = {one.message.id: one.message for one in heard.handled}
    assert parked["ord_1:1"].body == b"not json"
    assert parked["ord_1:1"].headers == {
        "content-type": "application/json",
        "poison-reason": "the body is not JSON",
        "poison-topic": topic,
    }
    assert parked["stranger"].key == ""


async def test_the_same_message_may_be_parked_by_two_groups(broker: ClosableBroker, topic: str) -> None:
    bad = a_message(topic, "ord_1", 1)

    await broker.park(bad, "stock cannot read it", SOON)
    await broker.park(bad, "notices cannot read it", SOON)

    heard = Heard()
    subscription = await broker.subscribe(f"{topic}.poison", "people", heard, QUICK)
    await heard.until(lambda: len(heard.handled) == 2)
    await subscription.unsubscribe()
    reasons = [one.message.headers["poison-reason"] for one in heard.handled]
    assert reasons == ["stock cannot read it", "notices cannot read it"]


async def test_the_largest_message_is_parked(broker: ClosableBroker, topic: str) -> None:
    headers = {"ce-x": "訂" * 15_000, "content-type": "text/" + "x" * 900}
    largest = Message(topic, "鍵" * 500, "號" * 500, b"x" * LARGEST_MESSAGE, headers)

    await broker.park(largest, "何" * 1_000, SOON)

    heard = Heard()
    subscription = await broker.subscribe(f"{topic}.poison", "people", heard, QUICK)
    await heard.has([largest.id])
    await subscription.unsubscribe()
    parked = heard.handled[0].message
    assert (parked.body, parked.key) == (largest.body, largest.key)
    assert headers.items() <= parked.headers.items()


async def test_a_message_too_large_to_be_parked_is_refused(broker: ClosableBroker, topic: str) -> None:
    with pytest.raises(MessageRefusedError):
        await broker.park(a_message(topic, "ord_1", 1, b"x" * (LARGEST_MESSAGE + 1)), "too large", SOON)


async def test_a_broker_that_is_away_is_told_before_the_deadline_is_long_over(remote: BrokerWorld) -> None:
    assert remote.behind is not None
    async with remote.behind() as (proxy, broker):
        topic = fresh_topic()
        await broker.ensure_topics([topic])
        await broker.publish_batch([a_message(topic, "ord_1", 1)], SOON)
        proxy.freeze()
        started = time.monotonic()

        with pytest.raises(BrokerUnavailableError):
            await broker.publish_batch([a_message(topic, "ord_1", 2)], timedelta(seconds=1))

        assert time.monotonic() - started < 3


async def test_after_lost_acknowledgements_a_sender_repeats_and_the_order_holds(remote: BrokerWorld) -> None:
    assert remote.behind is not None
    story = a_story(topic := fresh_topic(), 3, 40)
    async with remote.behind() as (proxy, broker):
        await broker.ensure_topics([topic])
        heard = Heard()
        listener = remote.connect()
        subscription = await listener.subscribe(topic, "stock", heard, QUICK)
        assert await broker.publish_batch(story[:30], SOON) == 30
        proxy.hold_answers()
        with pytest.raises(BrokerUnavailableError):
            await broker.publish_batch(story[30:], timedelta(seconds=1))
        proxy.cut()
        proxy.mend()

        sent = 30
        while sent < len(story):
            try:
                sent += await broker.publish_batch(story[sent:], SOON)
            except BrokerUnavailableError:
                await asyncio.sleep(0.1)

        await heard.has(message.id for message in story)
        await subscription.unsubscribe()
        await listener.close()
    _assert_in_order_but_for_repeats(heard, 40)


def _assert_in_order_but_for_repeats(heard: Heard, each: int) -> None:
    by_key: dict[str, list[int]] = {}
    for one in heard.handled:
        key, _, number = one.message.id.rpartition(":")
        numbers = by_key.setdefault(key, [])
        # Either the next one, or a repeat of one that came before.
        assert int(number) <= (max(numbers) + 1 if numbers else 1)
        numbers.append(int(number))
    assert {key: sorted(set(numbers)) for key, numbers in by_key.items()} == {
        f"ord_{key}": list(range(1, each + 1)) for key in range(3)
    }
