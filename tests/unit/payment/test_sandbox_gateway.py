"""How the gateway reads odd answers: what it cannot understand is unknown, never failed, never paid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.payments.sandbox import SandboxGateway
from adapters.signature import DEMO_SECRET
from domain.money import Money
from domain.ports.payments import (
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
)

DAY = datetime(2026, 1, 31, tzinfo=UTC)
REQUEST = PaymentRequest("ord_1:1", "ord_1", "N1", Money(100, "GBP"), DAY)
REFUND = RefundRequest("ref_1", "ord_1:1", Money(100, "GBP"), "buyer")
Answer = Callable[[httpx.Request], httpx.Response]


def gateway(answer: Answer) -> SandboxGateway:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return SandboxGateway("http://provider/", "http://us/callbacks", [DEMO_SECRET], client=client)


def always(status: int, content: bytes = b"{}") -> SandboxGateway:
    return gateway(lambda _: httpx.Response(status, content=content))


async def every_call(to: SandboxGateway, error: type[Exception]) -> None:
    for call in (
        lambda: to.request_payment(REQUEST),
        lambda: to.query_payment("ord_1:1"),
        lambda: to.capture_payment("ord_1:1", Money(100, "GBP")),
        lambda: to.cancel_payment("ord_1:1"),
        lambda: to.refund_payment(REFUND),
        lambda: to.report(DAY, DAY + timedelta(days=1)),
    ):
        with pytest.raises(error):
            await call()


@pytest.mark.parametrize("status", [301, 408, 425, 429, 500, 502, 503, 504])
async def test_an_answer_of_the_moment_leaves_the_outcome_unknown(status: int):
    await every_call(always(status), PaymentOutcomeUnknownError)


@pytest.mark.parametrize("status", [302, 408, 500, 503])
async def test_only_a_success_is_believed_whatever_else_says_that_it_is_one(status: int):
    done = b'{"id": "x", "pay_url": "http://pay", "events": [], "lines": [], "next_after": null,'
    to = always(status, done + b' "amount": {"amount": 100, "currency": "GBP"}, "state": "done"}')
    await every_call(to, PaymentOutcomeUnknownError)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_an_answer_about_the_request_is_a_refusal(status: int):
    await every_call(always(status), PaymentRefusedByProviderError)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b"{}", b'{"id": 1, "pay_url": 2, "events": 3}', b'{"events": [{}], "id": "x"}'],
)
async def test_an_unreadable_success_leaves_the_outcome_unknown(content: bytes):
    await every_call(always(200, content), PaymentOutcomeUnknownError)


@pytest.mark.parametrize(
    "amount_and_state",
    ['"amount": {"amount": 1.5, "currency": "GBP"}, "state": "done"',
     '"amount": {"amount": 1, "currency": "GBP"}, "state": "lost"',
     '"amount": 1, "state": "done"'],
)  # fmt: skip
async def test_an_unreadable_receipt_leaves_the_refund_unknown(amount_and_state: str):
    answer = always(200, f'{{"id": "ref_9", {amount_and_state}}}'.encode())
    with pytest.raises(PaymentOutcomeUnknownError):
        await answer.refund_payment(REFUND)


@pytest.mark.parametrize(
    "content",
    [
        b'{"lines": []}',
        b'{"lines": [], "next_after": 1}',
        b'{"lines": [], "next_after": "0:0"}',
        b'{"lines": [{}], "next_after": null}',
        b'{"lines": [1], "next_after": null}',
    ],
)
async def test_a_report_that_cannot_be_read_to_its_end_is_no_report(content: bytes):
    with pytest.raises(PaymentOutcomeUnknownError):
        await always(200, content).report(DAY, DAY + timedelta(days=1))


async def test_a_report_is_read_page_by_page():
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        after = request.url.params["after"]
        asked.append(after)
        page = {"type": "payment.captured", "payment_key": f"after-{after}", "amount": 1, "currency": "GBP"}
        line = {**page, "occurred_at": "2026-01-31T08:00:00.000Z"}
        following = {"0:0": "5:1", "5:1": "6:2", "6:2": None}[after]
        return httpx.Response(200, json={"lines": [line], "next_after": following})

    lines = await gateway(answer).report(DAY, DAY + timedelta(days=1))
    assert [line.payment_key for line in lines] == ["after-0:0", "after-5:1", "after-6:2"]
    assert asked == ["0:0", "5:1", "6:2"]


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
async def test_a_broken_connection_leaves_the_outcome_unknown(error: type[httpx.TransportError]):
    def breaks(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    await every_call(gateway(breaks), PaymentOutcomeUnknownError)


async def test_only_the_providers_own_word_means_that_a_key_is_unknown():
    ours = always(404, b'{"code": "payment_unknown"}')
    assert await ours.query_payment("ord_1:1") == ()
    for content in (b"<html>not here", b'{"code": "other"}', b'{"code": 1}', b"[]"):
        with pytest.raises(PaymentRefusedByProviderError):
            await always(404, content).query_payment("ord_1:1")


async def test_keys_are_sent_as_one_piece_of_the_path():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"events": []})

    await gateway(answer).cancel_payment("a/b?c")
    assert seen[0].url.raw_path == b"/v1/payments/by-key/a%2Fb%3Fc/cancel"
    assert seen[0].headers["idempotency-key"] == "a/b?c"


async def test_a_client_that_was_given_stays_open():
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        await SandboxGateway("http://provider", "http://us", [DEMO_SECRET], client=client).aclose()
        assert not client.is_closed


async def test_its_own_connections_are_closed_with_the_gateway():
    to = SandboxGateway("http://provider", "http://us", [DEMO_SECRET], patience=timedelta(seconds=1))
    await to.aclose()
    assert to._service.client.is_closed
    assert to.provider == "sandbox"
