"""The real provider's API: keys, the pay page, the ledger, scripted faults, and bad input without effect."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

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


@pytest.fixture(autouse=True)
def no_faults_left(till: Till) -> Iterator[None]:
    yield
    till.http.delete("/v1/faults").raise_for_status()


def test_twenty_buyers_paying_one_payment_at_once_are_charged_once(till: Till):
    payment = till.opened()
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: till.act(payment, "pay").status_code, range(20)))
    assert answers == [200] * 20
    assert [entry["type"] for entry in till.ledger(payment)] == ["payment.captured"]


def test_many_refunds_at_once_never_exceed_what_was_captured(till: Till):
    payment = till.opened()
    till.act(payment, "pay")
    with ThreadPoolExecutor(10) as crowd:
        answers = list(
            crowd.map(
                lambda n: till.refund(payment, 5_000, f"{payment['order_id']}-{n}").status_code, range(10)
            )
        )
    assert sorted(answers) == [200] * 3 + [422] * 7
    movements = till.ledger(payment)
    assert [entry["amount"] for entry in movements] == [19_900, 5_000, 5_000, 5_000]


def test_a_repeated_request_may_move_the_callback_address(till: Till):
    body = till.body()
    first = till.post("/v1/payments", body).json()
    moved = {**body, "callback_url": f"{till.receiver.url}/{body['order_id']}/new"}
    assert till.post("/v1/payments", moved).json() == first
    till.cancel(first)
    assert len(till.receiver.wait_for(1, f"/{body['order_id']}/new")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"order_id": "ord_other"},
        {"order_number": "OTHER"},
        {"amount": {"amount": 19_901, "currency": "GBP"}},
        {"amount": {"amount": 19_900, "currency": "EUR"}},
        {"expires_at": "2031-01-01T00:00:00Z"},
    ],
)
def test_a_key_stands_for_one_content(till: Till, change: dict[str, object]):
    body = till.body()
    till.post("/v1/payments", body).raise_for_status()
    answer = till.post("/v1/payments", {**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": {"amount": 0, "currency": "GBP"}},
        {"amount": {"amount": -1, "currency": "GBP"}},
        {"amount": {"amount": 1.5, "currency": "GBP"}},
        {"amount": {"amount": 1.0, "currency": "GBP"}},
        {"amount": {"amount": True, "currency": "GBP"}},
        {"amount": {"amount": "1", "currency": "GBP"}},
        {"amount": {"amount": 2**63, "currency": "GBP"}},
        {"amount": {"amount": 1, "currency": "gbp"}},
        {"amount": {"amount": 1, "currency": "GBP", "exponent": 2}},
        {"key": "with/slash"},
        {"key": ""},
        {"order_id": "nul\u0000"},
        {"order_number": "lone\ud800"},
        {"order_number": "x" * 201},
        {"expires_at": "2030-01-01T00:00:00"},
        {"expires_at": "9999-12-31T23:59:59-23:59"},
        {"expires_at": "tomorrow"},
        {"callback_url": "file:///etc/passwd"},
        {"callback_url": "/relative"},
        {"callback_url": "http://[broken"},
        {"status": "captured"},
    ],
)
def test_a_malformed_payment_is_refused_and_leaves_nothing(till: Till, change: dict[str, object]):
    body = {**till.body(), **change}
    answer = till.post("/v1/payments", body, key="any")
    assert answer.status_code == 422
    if "key" not in change:
        assert till.http.get(f"/v1/payments/by-key/{body['key']}").status_code == 404


@pytest.mark.parametrize(
    ("content", "statuses"),
    [
        (b"", {422}),
        (b"{", {422}),
        (b"[" * 30_000, {400, 422}),
        (b"\xff\xfe", {400, 422}),
        (b'{"amount": NaN}', {422}),
        (b'{"\\ud800": 1}', {422}),
        (b" " * 65_537, {413}),
    ],
)
def test_a_body_that_is_no_request_is_refused(till: Till, content: bytes, statuses: set[int]):
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    assert till.http.post("/v1/payments", content=content, headers=headers).status_code in statuses


def test_a_large_body_without_announced_length_is_refused(till: Till):
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    answer = till.http.post("/v1/payments", content=(b" " * 1_024 for _ in range(65)), headers=headers)
    assert answer.status_code == 413


def test_every_call_that_changes_something_needs_its_own_key_as_idempotency_key(till: Till):
    body = till.body()
    assert till.http.post("/v1/payments", json=body).status_code == 422
    assert till.post("/v1/payments", body, key="another").status_code == 422
    assert till.http.get(f"/v1/payments/by-key/{body['key']}").status_code == 404


def test_the_pay_page_shows_the_amount_and_takes_the_money(till: Till):
    payment = till.opened(order_number='<b>"7&7"</b>', amount={"amount": 123_456_789, "currency": "KWD"})
    page = till.http.get(str(payment["pay_url"]))
    assert "123,456.789 KWD" in page.text
    assert "&lt;b&gt;&quot;7&amp;7&quot;&lt;/b&gt;" in page.text
    assert page.text.count("<button") == 2
    assert "default-src 'none'" in page.headers["content-security-policy"]
    answer = till.http.post(str(payment["pay_url"]), data={"action": "pay"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{payment['id']}")
    after = till.http.get(str(payment["pay_url"])).text
    assert "Paid, thank you" in after
    assert "<button" not in after


@pytest.mark.parametrize(("currency", "shown"), [("GBP", "123.45 GBP"), ("JPY", "12,345 JPY")])
def test_amounts_are_shown_with_the_decimals_of_their_currency(till: Till, currency: str, shown: str):
    payment = till.opened(amount={"amount": 12_345, "currency": currency})
    assert f">{shown}<" in till.http.get(str(payment["pay_url"])).text


def test_a_closed_payment_refuses_the_buyer_on_the_page_and_by_json(till: Till):
    payment = till.opened()
    till.cancel(payment).raise_for_status()
    page = till.http.post(str(payment["pay_url"]), data={"action": "pay"})
    assert (page.status_code, "was cancelled" in page.text) == (409, True)
    assert till.act(payment, "pay").json()["code"] == "payment_closed"
    assert till.ledger(payment) == []


def test_a_paid_payment_cannot_be_declined(till: Till):
    payment = till.opened()
    till.act(payment, "pay").raise_for_status()
    assert till.act(payment, "decline").status_code == 409
    assert till.types(payment) == ["authorised", "captured"]


@pytest.mark.parametrize("body", [b"", b"action=steal", b"action=\xff", b"pay"])
def test_an_unknown_action_does_nothing(till: Till, body: bytes):
    payment = till.opened()
    assert till.http.post(f"/pay/{payment['id']}", content=body).status_code == 422
    assert (
        till.http.post(
            f"/pay/{payment['id']}", content=body, headers={"content-type": "application/json"}
        ).status_code
        == 422
    )
    assert till.types(payment) == []


def test_an_unknown_payment_has_a_page_that_says_so(till: Till):
    assert "Payment not found" in till.http.get("/pay/pay_unknown").text
    assert till.http.post("/pay/pay_unknown", data={"action": "pay"}).status_code == 404


def test_the_ledger_can_be_read_in_pages(till: Till):
    for _ in range(3):
        till.act(till.opened(), "pay").raise_for_status()
    whole = till.http.get("/v1/ledger").json()
    read, after, more = [], 0, True
    while more:
        page = till.http.get("/v1/ledger", params={"after": after, "limit": 2}).json()
        assert len(page["entries"]) <= 2
        read += page["entries"]
        after, more = page["entries"][-1]["position"], page["has_more"]
    assert read == whole["entries"]
    assert whole["has_more"] is False


def test_a_fault_strikes_as_often_as_scripted_and_then_no_more(till: Till):
    payment = till.opened()
    till.fault("unavailable", payment, times=2)
    answers = [till.http.get(f"/v1/payments/by-key/{payment['key']}").status_code for _ in range(3)]
    assert answers == [503, 503, 200]


def test_the_narrowest_fault_strikes_first(till: Till):
    payment = till.opened()
    till.http.post("/v1/faults", json={"any": True, "fault": "wrong_amount", "amount": 1})
    till.http.post("/v1/faults", json={"order_id": payment["order_id"], "fault": "wrong_amount", "amount": 2})
    till.fault("wrong_amount", payment, amount=3)
    till.act(payment, "pay")
    assert [entry["amount"] for entry in till.ledger(payment)] == [3]
    left = till.http.get("/v1/faults").json()["faults"]
    assert [fault["number"] for fault in left] == [1, 2]


def test_a_scripted_decline_takes_no_money_and_hits_only_its_order(till: Till):
    payment, other = till.opened(), till.opened()
    till.fault("decline", payment)
    assert till.act(payment, "pay").json()["status"] == "failed"
    assert till.act(other, "pay").json()["status"] == "captured"
    assert till.ledger(payment) == []


def test_a_withheld_answer_comes_after_the_work_was_done(till: Till):
    payment = till.opened()
    till.act(payment, "pay")
    till.fault("execute_then_timeout", payment, operation="refund", hold_ms=1_500)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            str(till.http.base_url.join("/v1/refunds")),
            json={
                "key": f"{payment['order_id']}-r",
                "payment_key": payment["key"],
                "amount": {"amount": 100, "currency": "GBP"},
                "reason": "buyer",
            },
            headers={"Idempotency-Key": f"{payment['order_id']}-r"},
            timeout=0.3,
            trust_env=False,
        )
    assert till.types(payment) == ["authorised", "captured", "refunded"]
    started = time.monotonic()
    assert till.refund(payment, 100, f"{payment['order_id']}-r").status_code == 200
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "drop"},
        {"any": True, "order_id": "o", "fault": "drop"},
        {"any": True, "fault": "explode"},
        {"any": True, "fault": "delay"},
        {"any": True, "fault": "drop", "delay_ms": 5},
        {"any": True, "fault": "drop", "operation": "refund"},
        {"any": True, "fault": "duplicate", "copies": 1},
        {"any": True, "fault": "drop", "times": 0},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(till: Till, body: dict[str, object]):
    assert till.http.post("/v1/faults", json=body).status_code == 422
    assert till.http.get("/v1/faults").json() == {"faults": []}
