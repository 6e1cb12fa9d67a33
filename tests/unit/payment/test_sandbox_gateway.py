"""How the gateway reads odd answers: what it cannot understand is unknown, never failed, never paid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.payments.sandbox import SandboxGateway
from adapters.payments.signature import DEMO_SECRET
from domain.money import Money
from domain.ports.payments import (
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
)

REQUEST = PaymentRequest("ord_1:1", "ord_1", "N1", Money(100, "GBP"), datetime(2026, 1, 31, tzinfo=UTC))
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
        lambda: to.cancel_payment("ord_1:1"),
        lambda: to.refund_payment(REFUND),
    ):
        with pytest.raises(error):
            await call()


@pytest.mark.parametrize("status", [301, 408, 425, 429, 500, 502, 503, 504])
async def test_an_answer_of_the_moment_leaves_the_outcome_unknown(status: int):
    await every_call(always(status), PaymentOutcomeUnknownError)


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
    assert to._client.is_closed
    assert to.provider == "sandbox"
