"""The real provider: money authorised first, banks that act unasked, and reports with planted differences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops.sandbox.database import Database
from ops.sandbox_provider.database import SCHEMA
from tests.support.provider_client import Json, Till
from tests.support.sandbox_provider import CallbackReceiver, running_provider


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    receiver = CallbackReceiver()
    with running_provider(tmp_path_factory.mktemp("provider")) as provider:
        till = Till(provider, receiver)
        yield till
        till.close()
    receiver.close()


@pytest.fixture(autouse=True)
def no_faults_left(till: Till) -> Iterator[None]:
    yield
    till.http.delete("/v1/faults").raise_for_status()


def authorised(till: Till) -> Json:
    payment = till.opened(capture="manual")
    assert till.act(payment, "pay").json()["status"] == "authorised"
    return payment


def paid(till: Till) -> Json:
    payment = till.opened()
    till.act(payment, "pay").raise_for_status()
    return payment


def told(lines: list[Json]) -> list[tuple[object, object]]:
    return [(line["type"], line["amount"]) for line in lines]


def test_twenty_captures_at_once_take_the_money_once(till: Till):
    payment = authorised(till)
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: till.capture(payment, 15_000).status_code, range(20)))
    assert answers == [200] * 20
    assert told(till.ledger(payment)) == [("payment.captured", 15_000)]


def test_capture_and_cancel_at_once_end_in_one_of_them(till: Till):
    for _ in range(10):
        payment = authorised(till)
        with ThreadPoolExecutor(2) as pair:
            calls = (lambda p=payment: till.capture(p, 19_900), lambda p=payment: till.cancel(p))
            [one.result() for one in [pair.submit(call) for call in calls]]
        assert till.types(payment) in (["authorised", "captured"], ["authorised", "cancelled"])


def test_a_capture_is_told_by_callback(till: Till):
    payment = authorised(till)
    till.capture(payment, 19_900).raise_for_status()
    assert till.told(payment, 2) == ["authorised", "captured"]


def test_the_page_of_authorised_money_has_no_buttons(till: Till):
    page = till.http.get(str(authorised(till)["pay_url"])).text
    assert "Nothing is charged before your order leaves" in page
    assert "<button" not in page


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1", True])
def test_a_malformed_capture_is_refused_and_takes_nothing(till: Till, amount: object):
    payment = authorised(till)
    body: Json = {"amount": {"amount": amount, "currency": "GBP"}}
    answer = till.post(f"/v1/payments/by-key/{payment['key']}/capture", body, payment["key"])
    assert answer.status_code == 422
    assert till.types(payment) == ["authorised"]


def test_a_capture_needs_the_payments_key_as_idempotency_key(till: Till):
    payment = authorised(till)
    body: Json = {"amount": {"amount": 1, "currency": "GBP"}}
    answer = till.post(f"/v1/payments/by-key/{payment['key']}/capture", body, "another")
    assert (answer.status_code, answer.json()["code"]) == (422, "key_mismatch")


def test_scripted_a_capture_is_refused_as_often_as_was_said_and_then_works(till: Till):
    payment = authorised(till)
    till.fault("capture_refused", payment, times=2)
    answers = [till.capture(payment, 19_900) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 200]
    assert answers[0].json()["code"] == "capture_refused"


def test_scripted_an_authorisation_has_ended_when_it_is_to_be_captured(till: Till):
    payment = authorised(till)
    till.fault("authorisation_ended", payment)
    answer = till.capture(payment, 19_900)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_authorised")
    assert till.types(payment) == ["authorised", "cancelled"]
    assert till.told(payment, 2) == ["authorised", "cancelled"]
    assert till.capture(payment, 19_900).status_code == 409


def test_scripted_another_amount_is_captured(till: Till):
    payment = authorised(till)
    till.fault("wrong_amount", payment, amount=18_000)
    till.capture(payment, 19_900).raise_for_status()
    assert told(till.ledger(payment)) == [("payment.captured", 18_000)]
    # The merchant asked for the same as before, so this is a repeat.
    till.capture(payment, 19_900).raise_for_status()


def test_banks_act_within_what_was_captured_and_tell_by_callback(till: Till):
    payment = paid(till)
    assert till.bank("refunds", payment, 20_000).json()["code"] == "refund_exceeds_captured"
    till.bank("refunds", payment, 900).raise_for_status()
    till.bank("charge-backs", payment).raise_for_status()
    assert till.bank("charge-backs", payment).status_code == 422
    assert till.refund(payment, 1, "r").status_code == 422
    assert till.told(payment, 4) == ["authorised", "captured", "refunded", "charged_back"]
    assert told(till.ledger(payment))[1:] == [("payment.refunded", 900), ("payment.charged_back", 19_000)]


def test_banks_cannot_take_what_was_never_captured(till: Till):
    payment = authorised(till)
    assert till.bank("charge-backs", payment).status_code == 422
    till.bank("ended-authorisations", payment).raise_for_status()
    assert till.bank("ended-authorisations", payment).status_code == 409
    assert till.bank("charge-backs", {"key": "nobody"}).status_code == 404


def test_a_planted_difference_stands_in_as_many_reports_as_was_said(till: Till):
    omitted, other_amount, other_kind, right = (paid(till) for _ in range(4))
    till.fault("line_omitted", omitted, times=2)
    till.fault("line_amount", other_amount, amount=7)
    till.fault("line_kind", other_kind)
    first, second, third = (told(till.report(omitted, other_amount, other_kind, right)) for _ in range(3))
    whole = ("payment.captured", 19_900)
    assert first == [("payment.captured", 7), ("payment.refunded", 19_900), whole]
    assert second == [whole] * 3
    assert third == [whole] * 4


def test_a_planted_line_is_of_a_payment_that_was_named_or_of_one_that_never_was(till: Till):
    payment = paid(till)
    never: Json = {"key": "ord_never:1"}
    till.fault("line_added", payment)
    till.fault("line_added", never, amount=5)
    assert told(till.report(payment)) == [("payment.captured", 19_900)] * 2
    assert till.report(never) == []
    till.fault("line_added", never, amount=5)
    assert told(till.report(never)) == [("payment.captured", 5)]


def test_the_report_is_the_same_in_pages_of_any_size(till: Till):
    payments = [paid(till) for _ in range(5)]
    for payment in payments:
        till.refund(payment, 100, f"back-{payment['order_id']}").raise_for_status()
    whole = till.report(*payments)
    assert len(whole) == 10
    for limit in (1, 3, 10):
        assert till.report(*payments, limit=limit) == whole


@pytest.mark.parametrize(
    "span",
    [
        {},
        {"since": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-01", "until": "2026-01-02T00:00:00"},
        {"since": "0001-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
        {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "after": "x"},
        {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "limit": "0"},
    ],
)
def test_a_malformed_span_is_refused(till: Till, span: dict[str, str]):
    assert till.http.get("/v1/report", params=span).status_code == 422


def columns_of_today(connection: sqlite3.Connection) -> tuple[object, ...]:
    query = "SELECT capture, capture_asked, state FROM payments JOIN refunds"
    return tuple(connection.execute(query).fetchone())


async def test_the_file_of_an_older_provider_is_still_read(tmp_path: Path):
    with sqlite3.connect(tmp_path / "provider.sqlite") as old:
        old.execute("CREATE TABLE payments (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT")
        old.execute("CREATE TABLE refunds (key TEXT PRIMARY KEY, payment_key TEXT) STRICT")
        old.execute("INSERT INTO payments VALUES ('pay_1', 'ord_1:1')")
        old.execute("INSERT INTO refunds VALUES ('ref_1', 'ord_1:1')")
    old.close()
    for _ in range(2):
        database = Database(tmp_path, SCHEMA)
        assert await database.run(columns_of_today) == ("automatic", None, "done")
        database.close()
