"""Callbacks of the real provider: signed, retried, and wrong in exactly the ways that were scripted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from standardwebhooks import Webhook

from adapters.signature import DEMO_SECRET
from tests.support.provider_client import Till
from tests.support.sandbox_provider import CallbackReceiver, running_provider


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    receiver = CallbackReceiver()
    with running_provider(tmp_path_factory.mktemp("provider")) as provider:
        till = Till(provider, receiver)
        yield till
        till.close()
    receiver.close()


def test_a_payment_is_told_authorised_first_and_then_captured(till: Till):
    payment = till.opened()
    till.act(payment, "pay")
    assert till.told(payment, 2) == ["authorised", "captured"]


def test_any_library_of_the_standard_can_verify_a_callback(till: Till):
    payment = till.opened()
    till.act(payment, "pay")
    for callback in till.callbacks(payment, 2):
        event = Webhook(DEMO_SECRET).verify(callback.body, callback.headers)
        assert callback.headers["webhook-id"] == event["event_id"]
        assert event["payment_key"] == payment["key"]


def test_a_refused_callback_is_sent_again_later_and_later(till: Till):
    payment = till.opened()
    till.receiver.answers = [500, 404, 302]
    till.cancel(payment)
    tries = till.callbacks(payment, 4)
    waits = [later.at - earlier.at for earlier, later in pairwise(tries)]
    assert waits[0] >= 0.19
    assert waits[1] >= 0.39
    assert waits[2] >= 0.79
    assert len({callback.body for callback in tries}) == 1
    till.all_sent()
    assert len(till.callbacks(payment, 4)) == 4


def test_duplicated_callbacks_are_the_same_message_each_time(till: Till):
    payment = till.opened()
    till.fault("duplicate", payment, copies=3)
    till.act(payment, "decline")
    sent = till.callbacks(payment, 3)
    till.all_sent()
    assert till.told(payment, 3) == ["failed"] * 3
    assert len({callback.headers["webhook-id"] for callback in sent}) == 1


def test_reordered_callbacks_tell_of_the_capture_first(till: Till):
    payment = till.opened()
    till.fault("reorder", payment)
    till.act(payment, "pay")
    assert till.told(payment, 2) == ["captured", "authorised"]
    told = [json.loads(callback.body)["occurred_at"] for callback in till.callbacks(payment, 2)]
    assert told[0] > told[1]


def test_duplicates_out_of_order_come_in_whole_rounds(till: Till):
    payment = till.opened()
    till.fault("reorder", payment)
    till.fault("duplicate", payment, copies=3)
    till.act(payment, "pay")
    assert till.told(payment, 6) == ["captured", "authorised"] * 3


def test_delayed_callbacks_come_after_the_delay(till: Till):
    payment = till.opened()
    till.fault("delay", payment, delay_ms=700)
    till.cancel(payment)
    other = till.opened()
    till.cancel(other)
    (undelayed,) = till.callbacks(other, 1)
    (delayed,) = till.callbacks(payment, 1)
    assert delayed.at - undelayed.at > 0.5


def test_dropped_callbacks_never_come_but_asking_tells_the_truth(till: Till):
    payment = till.opened()
    till.fault("drop", payment)
    till.act(payment, "pay")
    till.refund(payment, 100, f"{payment['order_id']}-refund")
    assert till.told(payment, 1) == ["refunded"]
    till.all_sent()
    assert till.told(payment, 1) == ["refunded"]
    assert till.types(payment) == ["authorised", "captured", "refunded"]


def test_a_wrong_amount_is_captured_and_told_and_asked_for_alike(till: Till):
    payment = till.opened()
    till.fault("wrong_amount", payment, amount=1)
    till.act(payment, "pay")
    captured = json.loads(till.callbacks(payment, 2)[1].body)
    assert (captured["type"], captured["amount"]) == ("payment.captured", 1)
    assert [entry["amount"] for entry in till.ledger(payment)] == [1]
    assert till.refund(payment, 2, f"{payment['order_id']}-refund").status_code == 422


def test_a_slow_receiver_of_one_payment_does_not_hold_up_another(till: Till):
    stuck = till.opened(callback_url="http://127.0.0.1:9/nobody-listens")
    till.act(stuck, "pay")
    payment = till.opened()
    till.act(payment, "pay")
    assert till.told(payment, 2) == ["authorised", "captured"]
    till.post("/v1/payments", {**_content(stuck), "callback_url": f"{till.receiver.url}/moved"})
    assert {json.loads(one.body)["payment_key"] for one in till.receiver.wait_for(2, "/moved")} == {
        stuck["key"]
    }


def _content(payment: dict[str, object]) -> dict[str, object]:
    return {name: payment[name] for name in ("key", "order_id", "order_number", "amount", "expires_at")}
