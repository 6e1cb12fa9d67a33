"""How the carrier's adapter reads odd answers and callbacks: what it cannot understand is never a fact."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from adapters.carriers import sandbox_events
from adapters.carriers.sandbox import SandboxCarrier
from adapters.carriers.sandbox_callbacks import SandboxCarrierCallbackReader
from adapters.carriers.sandbox_events import DEMO_SECRET
from adapters.settings import LOCAL_CARRIER_SECRET, LOCAL_PROVIDER_SECRET
from adapters.signature import LARGEST_BODY, RejectionReason
from domain.address import Address
from domain.ports.carriers import (
    CarrierCallbackRejectedError,
    CarrierFact,
    CarrierFactKind,
    CarrierOutcomeUnknownError,
    CarrierRefusedError,
    ParcelBooking,
    ParcelItem,
)
from ops.sandbox_carrier import settings

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
LEEDS = Address("1 High Street", "Leeds", "LS1 1AA", "GB")
BOOKING = ParcelBooking("shp_1_1", "N1", "main", LEEDS, (ParcelItem("tea", "Green tea", 2),))
EVENT = {
    "event_id": "trk_1",
    "type": "parcel.lost",
    "shipment_id": "shp_1_1",
    "occurred_at": "2026-01-31T11:59:58.123Z",
}


def carrier(answer: Callable[[httpx.Request], httpx.Response]) -> SandboxCarrier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return SandboxCarrier("http://carrier/", "http://us/callbacks", [DEMO_SECRET], client=client)


def always(status: int, content: bytes = b"{}") -> SandboxCarrier:
    return carrier(lambda _: httpx.Response(status, content=content))


async def every_call(to: SandboxCarrier, error: type[Exception]) -> None:
    calls: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: to.book(BOOKING),
        lambda: to.recall("shp_1_1"),
        lambda: to.change_address("shp_1_1", LEEDS),
        lambda: to.track("shp_1_1"),
    )
    for call in calls:
        with pytest.raises(error):
            await call()


@pytest.mark.parametrize("status", [301, 408, 425, 429, 500, 502, 503, 504])
async def test_an_answer_of_the_moment_leaves_the_outcome_unknown(status: int):
    await every_call(always(status), CarrierOutcomeUnknownError)


@pytest.mark.parametrize("status", [302, 408, 500, 503])
async def test_only_a_success_is_believed_whatever_else_says_that_it_is_one(status: int):
    done = b'{"tracking_number": "T1", "recalled": true, "changed": true, "events": []}'
    await every_call(always(status, done), CarrierOutcomeUnknownError)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_an_answer_about_the_request_is_a_refusal(status: int):
    await every_call(always(status), CarrierRefusedError)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"tracking_number": 1, "recalled": 1, "changed": "true", "events": {}}',
        b'{"events": [{}]}',
        b'{"events": [1], "recalled": null}',
    ],
)
async def test_an_unreadable_success_leaves_the_outcome_unknown(content: bytes):
    await every_call(always(200, content), CarrierOutcomeUnknownError)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
async def test_a_broken_connection_leaves_the_outcome_unknown(error: type[httpx.TransportError]):
    def breaks(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    await every_call(carrier(breaks), CarrierOutcomeUnknownError)


async def test_only_the_carriers_own_word_means_that_a_shipment_is_unknown():
    assert await always(404, b'{"code": "parcel_unknown"}').track("shp_1_1") == ()
    for content in (b"<html>not here", b'{"code": "other"}', b"[]"):
        with pytest.raises(CarrierRefusedError):
            await always(404, content).track("shp_1_1")


async def test_shipments_are_sent_as_one_piece_of_the_path_and_as_the_key():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"recalled": True})

    assert await carrier(answer).recall("a/b?c")
    assert seen[0].url.raw_path == b"/v1/parcels/a%2Fb%3Fc/recall"
    assert seen[0].headers["idempotency-key"] == "a/b?c"


async def test_a_booking_tells_the_carrier_what_goes_where_and_where_to_report():
    seen: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"tracking_number": "T1"})

    await carrier(answer).book(BOOKING)
    assert seen == [
        {
            "shipment_id": "shp_1_1",
            "order_number": "N1",
            "warehouse_id": "main",
            "address": {"street": "1 High Street", "city": "Leeds", "zip_code": "LS1 1AA", "country": "GB"},
            "items": [{"sku": "tea", "title": "Green tea", "quantity": 2}],
            "callback_url": "http://us/callbacks",
        }
    ]


def event(**changes: object) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def signed(body: bytes, secret: str = DEMO_SECRET, at: datetime = NOW) -> dict[str, str]:
    return {
        "Webhook-Id": "trk_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("trk_1", at, body.decode("utf-8", "replace")),
    }


def reason_for(headers: dict[str, str], body: bytes) -> object:
    with pytest.raises(CarrierCallbackRejectedError) as rejected:
        SandboxCarrierCallbackReader([DEMO_SECRET]).read(headers, body, NOW)
    return rejected.value.facts["reason"]


def test_a_signed_callback_is_the_fact_that_it_states():
    body = event(depot="ignored")
    at = datetime(2026, 1, 31, 11, 59, 58, 123_000, tzinfo=UTC)
    expected = CarrierFact("sandbox", "trk_1", "shp_1_1", CarrierFactKind.LOST, at)
    assert SandboxCarrierCallbackReader([DEMO_SECRET]).read(signed(body), body, NOW) == expected


@pytest.mark.parametrize(
    "secrets", [(DEMO_SECRET, LOCAL_PROVIDER_SECRET), (LOCAL_PROVIDER_SECRET, DEMO_SECRET)]
)
def test_while_a_secret_is_replaced_both_are_accepted(secrets: tuple[str, str]):
    body = event()
    for secret in secrets:
        SandboxCarrierCallbackReader(secrets).read(signed(body, secret), body, NOW)


def test_what_the_payment_provider_signed_does_not_pass_for_the_carriers_word():
    body = event()
    assert reason_for(signed(body, LOCAL_PROVIDER_SECRET), body) is RejectionReason.SIGNATURE


def test_what_was_signed_long_ago_is_rejected():
    body = event()
    assert reason_for(signed(body, at=NOW - timedelta(minutes=6)), body) is RejectionReason.TIMESTAMP


def test_a_body_that_is_too_large_is_rejected_unread():
    assert reason_for({}, b" " * (LARGEST_BODY + 1)) is RejectionReason.TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        event(type="payment.captured"),
        event(type="parcel.booked"),
        event(type=1),
        event(event_id=""),
        event(event_id="blank inside"),
        event(shipment_id="nul\u0000"),
        event(shipment_id="x" * 201),
        event(occurred_at="yesterday"),
        event(occurred_at="2026-02-31T00:00:00Z"),
        event(occurred_at=1),
        event(weight=1.5),
        b'{"type": "parcel.lost", "type": "parcel.delivered"}',
        b"[]",
        b"",
    ],
)
def test_a_well_signed_callback_that_says_nothing_clear_is_rejected(body: bytes):
    assert reason_for(signed(body), body) is RejectionReason.MALFORMED


def test_the_published_demo_secret_is_one_and_the_same_everywhere():
    assert sandbox_events.DEMO_SECRET == settings.DEMO_SECRET == LOCAL_CARRIER_SECRET
    assert sandbox_events.DEMO_SECRET != LOCAL_PROVIDER_SECRET


async def test_its_own_connections_are_closed_with_the_carrier():
    to = SandboxCarrier("http://carrier", "http://us", [DEMO_SECRET])
    await to.aclose()
    assert to._service.client.is_closed
    assert to.carrier == "sandbox"
