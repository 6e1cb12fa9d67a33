"""The API that a merchant calls: payments, refunds, the ledger, the report. Rules are elsewhere."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request

from ops.sandbox.service import RefusedError
from ops.sandbox.upkeep_routes import Json
from ops.sandbox.values import KEY_PATTERN, Instant
from ops.sandbox_provider import answers, journal, payments, refunds, report
from ops.sandbox_provider.schemas import CaptureIn, PaymentIn, RefundIn
from ops.sandbox_provider.service import Provider
from ops.sandbox_provider.words import Operation

router = APIRouter(prefix="/v1", tags=["merchant"])


def provider_of(request: Request) -> Provider:
    """The provider that serves this request."""
    provider = request.app.state.service
    assert isinstance(provider, Provider)
    return provider


def public_url(request: Request) -> str:
    """Where buyers reach the pay page: as configured, else where this request came to."""
    return provider_of(request).settings.public_url or str(request.base_url)


ProviderHere = Annotated[Provider, Depends(provider_of)]
PublicUrl = Annotated[str, Depends(public_url)]
Key = Annotated[str, Path(pattern=KEY_PATTERN)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key")]


@router.post("/payments")
async def open_payment(body: PaymentIn, key: IdempotencyKey, provider: ProviderHere, url: PublicUrl) -> Json:
    """Open a payment, once per key."""
    _same(key, body.key)
    work = partial(payments.open_payment, order=body.order())
    found = await provider.merchant_call(
        Operation.REQUEST,
        body.key,
        lambda connection, now: work(connection, now=now),
        order_id=body.order_id,
    )
    return answers.payment(found, url)


@router.get("/payments/by-key/{key}")
async def show_payment(key: Key, provider: ProviderHere, url: PublicUrl) -> Json:
    """All that is known of a payment: its state and every event."""
    found, events = await provider.merchant_call(
        Operation.QUERY,
        key,
        lambda connection, now: (
            payments.payment_by_key(connection, key, now),
            journal.events_of(connection, key),
        ),
    )
    return answers.payment_with_events(found, events, url)


@router.post("/payments/by-key/{key}/cancel")
async def cancel_payment(key: Key, header: IdempotencyKey, provider: ProviderHere, url: PublicUrl) -> Json:
    """Close an unpaid payment or let authorised money go; the events afterwards tell what it was."""
    _same(header, key)
    found, events = await provider.merchant_call(
        Operation.CANCEL,
        key,
        lambda connection, now: (
            payments.cancel(connection, key, now),
            journal.events_of(connection, key),
        ),
    )
    return answers.payment_with_events(found, events, url)


@router.post("/payments/by-key/{key}/capture")
async def capture_payment(
    key: Key, body: CaptureIn, header: IdempotencyKey, provider: ProviderHere, url: PublicUrl
) -> Json:
    """Take authorised money, once, at most what was authorised; the rest is let go."""
    _same(header, key)
    amount = body.amount.money()
    found = await provider.merchant_call(
        Operation.CAPTURE, key, lambda connection, now: payments.capture(connection, key, amount, now)
    )
    events = await provider.database.run(lambda connection: journal.events_of(connection, key))
    return answers.payment_with_events(found, events, url)


@router.post("/refunds")
async def refund(body: RefundIn, key: IdempotencyKey, provider: ProviderHere) -> Json:
    """Give money back, once per key, together never more than was captured."""
    _same(key, body.key)
    made = await provider.merchant_call(
        Operation.REFUND,
        body.payment_key,
        lambda connection, now: refunds.refund(connection, body.order(), now),
    )
    return answers.refund(made)


@router.get("/ledger")
async def ledger(
    provider: ProviderHere,
    order_id: Annotated[str | None, Query(max_length=200)] = None,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Json:
    """Captures, refunds and charge-backs, oldest first, behind the position `after`."""
    # One more than asked for tells whether there is more.
    read = partial(journal.money_movements, order_id=order_id, after=after, limit=limit + 1)
    found = await provider.database.run(read)
    entries = [answers.movement(line) for line in found[:limit]]
    return {"entries": entries, "has_more": len(found) > limit}


@router.get("/report")
async def draw_report(
    provider: ProviderHere,
    since: Annotated[Instant, Query()],
    until: Annotated[Instant, Query()],
    after: Annotated[str, Query(pattern=r"^\d{1,15}:\d{1,18}$")] = "0:0",
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Json:
    """Money moved from `since` to before `until`, oldest first, behind the place `after`."""
    millis, _, position = after.partition(":")
    span = report.Span(since, until, (int(millis), int(position)), limit)
    page = await provider.merchant_call(
        Operation.REPORT, "", lambda connection, _now: report.draw(connection, span)
    )
    return answers.report(page)


def _same(header: str, key: str) -> None:
    if header != key:
        raise RefusedError(422, "key_mismatch", "Idempotency-Key must be the key that the request names")
