"""The real carrier: what its people do, what it tells, what was scripted, and bad input without effect."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from standardwebhooks import Webhook

from adapters.carriers.sandbox_events import DEMO_SECRET
from tests.support.sandbox_carrier import ADDRESS, Depot, Json, running_carrier
from tests.support.sandbox_provider import CallbackReceiver, eventually

ENDS = {"deliver": "delivered", "lose": "lost", "return": "returned"}


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    receiver = CallbackReceiver()
    with running_carrier(tmp_path_factory.mktemp("carrier")) as carrier:
        depot = Depot(carrier, receiver)
        yield depot
        depot.close()
    receiver.close()


@pytest.fixture(autouse=True)
def nothing_left_scripted(depot: Depot) -> Iterator[None]:
    yield
    depot.http.delete("/v1/faults").raise_for_status()
    depot.http.delete("/v1/auto").raise_for_status()


def test_a_parcel_is_handed_over_and_delivered_and_its_merchant_told(depot: Depot):
    parcel = depot.booked()
    assert depot.act(parcel, "hand-over").json()["status"] == "handed_over"
    assert depot.act(parcel, "deliver").json()["status"] == "delivered"
    assert depot.told(parcel, 2) == depot.types(parcel) == ["handed_over", "delivered"]


def test_any_library_of_the_standard_can_verify_a_callback(depot: Depot):
    parcel = depot.booked()
    depot.act(parcel, "hand-over")
    callback = depot.callbacks(parcel, 1)[0]
    told = Webhook(DEMO_SECRET).verify(callback.body, callback.headers)
    assert callback.headers["webhook-id"] == told["event_id"]
    assert told["shipment_id"] == parcel["shipment_id"]


@pytest.mark.parametrize(
    ("doing", "end"), [("deliver", "delivered"), ("lose", "lost"), ("return", "returned")]
)
def test_what_was_not_fetched_yet_is_fetched_first(depot: Depot, doing: str, end: str):
    parcel = depot.booked()
    depot.act(parcel, doing).raise_for_status()
    assert depot.types(parcel) == ["handed_over", end]


@pytest.mark.parametrize("doing", ["hand-over", "deliver", "lose", "return"])
def test_doing_a_thing_twenty_times_at_once_is_doing_it_once(depot: Depot, doing: str):
    parcel = depot.booked()
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: depot.act(parcel, doing).status_code, range(20)))
    assert answers == [200] * 20
    assert len(depot.types(parcel)) == (1 if doing == "hand-over" else 2)


@pytest.mark.parametrize("last", ["deliver", "return"])
@pytest.mark.parametrize("then", ["hand-over", "deliver", "lose", "return"])
def test_what_was_delivered_or_is_back_stays_there(depot: Depot, last: str, then: str):
    parcel = depot.booked()
    depot.act(parcel, last).raise_for_status()
    before = depot.types(parcel)
    assert depot.act(parcel, then).status_code == (200 if then == last else 409)
    assert depot.types(parcel) == before


@pytest.mark.parametrize("then", ["deliver", "return"])
def test_a_lost_parcel_may_turn_up_again(depot: Depot, then: str):
    parcel = depot.booked()
    depot.act(parcel, "lose").raise_for_status()
    depot.act(parcel, then).raise_for_status()
    assert depot.types(parcel) == [
        "handed_over",
        "lost",
        {"deliver": "delivered", "return": "returned"}[then],
    ]


def test_a_recalled_parcel_does_not_leave(depot: Depot):
    parcel = depot.booked()
    assert depot.recall(parcel)
    for doing in ("hand-over", "deliver", "lose", "return"):
        assert depot.act(parcel, doing).json()["code"] == "parcel_closed"
    assert depot.types(parcel) == []


def test_recall_and_hand_over_at_once_end_in_one_of_them(depot: Depot):
    for _ in range(10):
        parcel = depot.booked()
        with ThreadPoolExecutor(2) as pair:
            left = pair.submit(depot.act, parcel, "hand-over")
            recalled = pair.submit(depot.recall, parcel)
        assert left.result().is_success is not recalled.result()


def test_scripted_a_recall_is_promised_and_the_parcel_leaves_all_the_same(depot: Depot):
    parcel = depot.booked()
    depot.fault("recall_ignored", parcel)
    assert depot.recall(parcel)
    depot.act(parcel, "hand-over").raise_for_status()
    assert depot.told(parcel, 1) == ["handed_over"]
    assert not depot.recall(parcel)


def test_scripted_a_booking_is_refused_as_often_as_was_said(depot: Depot):
    body = depot.body()
    depot.fault("booking_refused", body, times=2)
    answers = [depot.post("/v1/parcels", body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 200]
    assert answers[0].json()["code"] == "not_served"


def test_scripted_callbacks_come_late_doubled_and_in_reverse(depot: Depot):
    parcel = depot.booked()
    for fault, parameters in (("delay", {"delay_ms": 300}), ("duplicate", {"copies": 2}), ("reorder", {})):
        depot.fault(fault, parcel, **parameters)
    depot.act(parcel, "deliver").raise_for_status()
    assert depot.receiver.of(f"/{parcel['shipment_id']}") == []
    assert depot.told(parcel, 4) == ["delivered", "handed_over"] * 2


def test_a_dropped_callback_is_never_sent_and_asking_tells_the_truth(depot: Depot):
    parcel = depot.booked()
    depot.fault("drop", parcel)
    depot.act(parcel, "lose").raise_for_status()
    depot.all_sent()
    assert depot.receiver.of(f"/{parcel['shipment_id']}") == []
    assert depot.types(parcel) == ["handed_over", "lost"]


def test_what_the_merchant_does_not_accept_is_sent_again(depot: Depot):
    parcel = depot.booked()
    depot.receiver.answers.extend([503, 500])
    depot.act(parcel, "hand-over").raise_for_status()
    sent = depot.callbacks(parcel, 3)
    assert len({one.headers["webhook-id"] for one in sent}) == 1


def test_a_fault_aimed_at_an_order_strikes_each_of_its_parcels(depot: Depot):
    one, other = depot.body(order_number="N-pair"), depot.body(order_number="N-pair")
    fault = {"order_number": "N-pair", "fault": "booking_refused", "times": 2}
    depot.http.post("/v1/faults", json=fault).raise_for_status()
    assert [depot.post("/v1/parcels", body).status_code for body in (one, other, one, other)] == [
        422, 422, 200, 200
    ]  # fmt: skip
    listed = depot.http.get("/v1/parcels", params={"order_number": "N-pair"}).json()["parcels"]
    assert [parcel["shipment_id"] for parcel in listed] == [one["shipment_id"], other["shipment_id"]]


def test_the_narrowest_target_strikes_first(depot: Depot):
    parcel = depot.booked()
    wide = {"any": True, "fault": "duplicate", "copies": 5}
    depot.http.post("/v1/faults", json=wide).raise_for_status()
    depot.fault("duplicate", parcel, copies=2)
    depot.act(parcel, "hand-over").raise_for_status()
    depot.all_sent()
    assert len(depot.callbacks(parcel, 2)) == 2
    assert [fault["number"] for fault in depot.http.get("/v1/faults").json()["faults"]] == [5]


def test_by_itself_the_carrier_does_nothing(depot: Depot):
    assert depot.http.get("/v1/auto").json() == {"on": False}


def test_switched_on_it_fetches_and_delivers_what_waits_and_what_comes(depot: Depot):
    waiting = depot.booked()
    pace = {"hand_over_after_ms": 50, "deliver_after_ms": 50}
    depot.http.put("/v1/auto", json=pace).raise_for_status()
    assert depot.http.get("/v1/auto").json() == {"on": True, **pace}
    coming = depot.booked()
    for parcel in (waiting, coming):
        assert depot.told(parcel, 2) == ["handed_over", "delivered"]
    # By now nothing waits, and the loop has gone to rest.
    assert depot.told(depot.booked(), 2) == ["handed_over", "delivered"]


def test_switched_on_it_leaves_alone_what_is_lost_recalled_or_back(depot: Depot):
    lost, recalled, back = (depot.booked() for _ in range(3))
    depot.act(lost, "lose")
    depot.recall(recalled)
    depot.act(back, "return")
    after = depot.booked()
    depot.http.put("/v1/auto", json={"hand_over_after_ms": 0, "deliver_after_ms": 0}).raise_for_status()
    eventually(lambda: depot.known(after)["status"] == "delivered", "the last parcel was delivered")
    assert [depot.known(each)["status"] for each in (lost, recalled, back)] == [
        "lost",
        "recalled",
        "returned",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"shipment_id": "with/slash"},
        {"shipment_id": ""},
        {"order_number": "nul\u0000"},
        {"order_number": "lone\ud800"},
        {"warehouse_id": ""},
        {"address": {**ADDRESS, "country": "gb"}},
        {"address": {**ADDRESS, "city": ""}},
        {"address": {**ADDRESS, "street": "x" * 201}},
        {"address": {**ADDRESS, "floor": "2"}},
        {"items": []},
        {"items": [{"sku": "tea", "title": "t", "quantity": 0}]},
        {"items": [{"sku": "tea", "title": "t", "quantity": 1.5}]},
        {"items": [{"sku": "tea", "title": "t", "quantity": True}]},
        {"items": [{"sku": "tea", "title": "t", "quantity": 1}] * 1_001},
        {"callback_url": "file:///etc/passwd"},
        {"callback_url": "/relative"},
        {"status": "delivered"},
    ],
)
def test_a_malformed_booking_is_refused_and_leaves_nothing(depot: Depot, change: Json):
    body = {**depot.body(), **change}
    assert depot.post("/v1/parcels", body, key="any").status_code == 422
    if "shipment_id" not in change:
        assert depot.http.get(f"/v1/parcels/{body['shipment_id']}").status_code == 404


def test_a_body_beyond_reason_is_refused(depot: Depot):
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    content = b" " * (2 * 1024 * 1024 + 1)
    assert depot.http.post("/v1/parcels", content=content, headers=headers).status_code == 413


def test_every_call_that_changes_something_needs_the_shipment_as_idempotency_key(depot: Depot):
    body = depot.body()
    assert depot.http.post("/v1/parcels", json=body).status_code == 422
    assert depot.post("/v1/parcels", body, key="another").json()["code"] == "key_mismatch"
    path = f"/v1/parcels/{body['shipment_id']}/recall"
    assert depot.post(path, {}, key="another").json()["code"] == "key_mismatch"
    depot.post("/v1/parcels", body).raise_for_status()


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "drop"},
        {"fault": "drop", "any": True, "shipment_id": "shp_1"},
        {"fault": "decline", "any": True},
        {"fault": "delay", "any": True},
        {"fault": "drop", "any": True, "delay_ms": 5},
        {"fault": "drop", "any": True, "operation": "book"},
        {"fault": "unavailable", "any": True, "operation": "refund"},
        {"fault": "drop", "any": True, "times": 0},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(depot: Depot, fault: Json):
    assert depot.http.post("/v1/faults", json=fault).status_code == 422
    assert depot.http.get("/v1/faults").json() == {"faults": []}


@pytest.mark.parametrize("doing", ["hand-over", "deliver", "lose", "return"])
def test_nothing_can_be_done_with_a_parcel_that_nobody_booked(depot: Depot, doing: str):
    assert depot.act({"shipment_id": "shp_nobody_1"}, doing).status_code == 404


def test_there_is_no_other_thing_to_do(depot: Depot):
    assert depot.act(depot.booked(), "burn").status_code == 422


@pytest.mark.parametrize("pace", [{}, {"hand_over_after_ms": -1, "deliver_after_ms": 0}, {"on": True}])
def test_a_pace_that_makes_no_sense_is_refused(depot: Depot, pace: Json):
    assert depot.http.put("/v1/auto", json=pace).status_code == 422
    assert depot.http.get("/v1/auto").json() == {"on": False}
