"""What happens to a payment although the merchant did not ask: a test or a demo plays the banks here."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from ops.sandbox.upkeep_routes import Json
from ops.sandbox_provider import answers, journal, payments, refunds
from ops.sandbox_provider.merchant_routes import ProviderHere, PublicUrl
from ops.sandbox_provider.records import EventType
from ops.sandbox_provider.schemas import BankIn

router = APIRouter(prefix="/v1/bank", tags=["bank"])


@router.post("/charge-backs")
async def charge_back(body: BankIn, provider: ProviderHere, url: PublicUrl) -> Json:
    """The buyer's bank takes captured money back."""
    return await _taken_back(body, EventType.CHARGED_BACK, provider, url)


@router.post("/refunds")
async def refund(body: BankIn, provider: ProviderHere, url: PublicUrl) -> Json:
    """Somebody gives money back in the provider's own office, without a key of the merchant."""
    return await _taken_back(body, EventType.REFUNDED, provider, url)


@router.post("/ended-authorisations")
async def end_authorisation(body: BankIn, provider: ProviderHere, url: PublicUrl) -> Json:
    """The buyer's bank lets authorised money go; an amount is ignored, for all of it goes."""
    key, now = body.payment_key, provider.now()
    await provider.happen(partial(payments.end_authorisation, key=key, now=now))
    return await _answer(key, provider, url)


async def _taken_back(body: BankIn, kind: EventType, provider: ProviderHere, url: PublicUrl) -> Json:
    amount = body.amount.money() if body.amount else None
    key, now = body.payment_key, provider.now()
    await provider.happen(partial(refunds.take_back, key=key, kind=kind, amount=amount, now=now))
    return await _answer(key, provider, url)


async def _answer(key: str, provider: ProviderHere, url: PublicUrl) -> Json:
    now = provider.now()
    payment, events = await provider.database.run(
        lambda connection: (
            payments.payment_by_key(connection, key, now),
            journal.events_of(connection, key),
        )
    )
    return answers.payment_with_events(payment, events, url)
