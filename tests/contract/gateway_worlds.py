"""What surrounds a payment gateway in its contract suite: buyer, banks, faults and callbacks of one provider.

Another provider joins the suite with a world of its own in the fixture `gateway_world`.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

import httpx

from adapters.payments.sandbox import SandboxGateway
from adapters.signature import DEMO_SECRET
from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import PaymentGateway, PaymentReports, PaymentRequest, RefundRequest
from tests.support.fake_gateway import FakeGateway, NotPayableError, Operation, Trouble
from tests.support.sandbox_provider import CallbackReceiver, ProviderProcess, eventually

_numbers = count(1)
Callback = tuple[dict[str, str], bytes]


def a_request(
    pounds: int = 199,
    lasting: timedelta = timedelta(minutes=30),
    capture: CaptureMode = CaptureMode.AUTOMATIC,
) -> PaymentRequest:
    """A request that nobody has made yet."""
    number = next(_numbers)
    return PaymentRequest(
        key=f"ord_{number}:1",
        order_id=f"ord_{number}",
        order_number=f"N{number}",
        amount=Money(pounds * 100, "GBP"),
        expires_at=datetime.now(UTC) + lasting,
        capture=capture,
    )


def a_refund(of: PaymentRequest, pounds: int) -> RefundRequest:
    """A refund with a key of its own."""
    return RefundRequest(f"ref_{next(_numbers)}", of.key, Money(pounds * 100, "GBP"), "buyer")


async def paid(world: GatewayWorld, pounds: int = 199) -> PaymentRequest:
    """A payment that was captured with the buyer's paying."""
    return await _paid(world, a_request(pounds))


async def authorised(world: GatewayWorld, pounds: int = 199) -> PaymentRequest:
    """A payment whose money stands ready to be captured."""
    return await _paid(world, a_request(pounds, capture=CaptureMode.MANUAL))


async def kinds(world: GatewayWorld, key: str) -> list[FactKind]:
    """What happened to a payment, in order."""
    return [fact.kind for fact in await world.gateway.query_payment(key)]


async def _paid(world: GatewayWorld, request: PaymentRequest) -> PaymentRequest:
    await world.gateway.request_payment(request)
    assert await world.buyer_pays(request.key)
    return request


class GatewayWorld(Protocol):
    """A provider as its contract suite drives it. What a provider cannot play, its world skips."""

    @property
    def gateway(self) -> PaymentGateway:
        """What is tested."""
        ...

    @property
    def reports(self) -> PaymentReports:
        """The same provider's report."""
        ...

    async def buyer_pays(self, key: str) -> bool:
        """Pay; False when the provider takes no money any more."""
        ...

    async def buyer_declines(self, key: str) -> None:
        """The buyer's bank says no."""
        ...

    async def authorisation_ends(self, key: str) -> None:
        """The buyer's bank lets authorised money go unasked."""
        ...

    async def charge_back(self, key: str) -> None:
        """The buyer's bank takes everything back."""
        ...

    async def refunded_at_provider(self, key: str, amount: Money) -> None:
        """Money goes back that we did not ask to."""
        ...

    async def trouble(self, operation: Operation, trouble: Trouble) -> None:
        """Let the next such call run into that trouble."""
        ...

    async def callback(self, fact: PaymentFact) -> Callback:
        """Headers and body of the callback that tells of `fact`."""
        ...


class FakeWorld:
    """Around the fake."""

    def __init__(self) -> None:
        self.fake = FakeGateway()
        self.gateway: PaymentGateway = self.fake
        self.reports: PaymentReports = self.fake

    async def buyer_pays(self, key: str) -> bool:
        try:
            self.fake.buyer_pays(key)
        except NotPayableError:
            return False
        return True

    async def buyer_declines(self, key: str) -> None:
        self.fake.buyer_declines(key)

    async def authorisation_ends(self, key: str) -> None:
        self.fake.authorisation_ends(key)

    async def charge_back(self, key: str) -> None:
        self.fake.charge_back(key)

    async def refunded_at_provider(self, key: str, amount: Money) -> None:
        self.fake.refunded_at_provider(key, amount)

    async def trouble(self, operation: Operation, trouble: Trouble) -> None:
        self.fake.next_call(operation, trouble)

    async def callback(self, fact: PaymentFact) -> Callback:
        return self.fake.signed(fact)


_FAULTS: dict[Trouble, dict[str, object]] = {
    Trouble.UNAVAILABLE: {"fault": "unavailable"},
    Trouble.EXECUTED_THEN_TIMEOUT: {"fault": "execute_then_timeout", "hold_ms": 5000},
    Trouble.PENDING: {"fault": "refund_pending"},
    Trouble.REFUSED: {"fault": "capture_refused"},
}


class SandboxWorld:
    """Around the real service, over HTTP."""

    def __init__(self, provider: ProviderProcess, receiver: CallbackReceiver) -> None:
        self.receiver = receiver
        self.http = httpx.AsyncClient(base_url=provider.url, timeout=10, trust_env=False)
        self.sandbox = SandboxGateway(
            provider.url, receiver.url, [DEMO_SECRET], patience=timedelta(seconds=1.5)
        )
        self.gateway: PaymentGateway = self.sandbox
        self.reports: PaymentReports = self.sandbox

    async def close(self) -> None:
        await self.sandbox.aclose()
        await self.http.aclose()

    async def buyer_pays(self, key: str) -> bool:
        return (await self._act(key, "pay")).is_success

    async def buyer_declines(self, key: str) -> None:
        (await self._act(key, "decline")).raise_for_status()

    async def authorisation_ends(self, key: str) -> None:
        await self._bank("ended-authorisations", key)

    async def charge_back(self, key: str) -> None:
        await self._bank("charge-backs", key)

    async def refunded_at_provider(self, key: str, amount: Money) -> None:
        await self._bank("refunds", key, amount)

    async def trouble(self, operation: Operation, trouble: Trouble) -> None:
        body = {"any": True, **_FAULTS[trouble]}
        if trouble in {Trouble.UNAVAILABLE, Trouble.EXECUTED_THEN_TIMEOUT}:
            body["operation"] = operation.value
        (await self.http.post("/v1/faults", json=body)).raise_for_status()

    async def callback(self, fact: PaymentFact) -> Callback:
        def arrived() -> list[Callback]:
            all_of_them = [(one.headers, one.body) for one in self.receiver.received]
            return [one for one in all_of_them if json.loads(one[1])["event_id"] == fact.event_id]

        await asyncio.to_thread(eventually, lambda: bool(arrived()), f"a callback of {fact.kind}")
        return arrived()[0]

    async def _act(self, key: str, action: str) -> httpx.Response:
        payment = (await self.http.get(f"/v1/payments/by-key/{key}")).json()
        return await self.http.post(f"/pay/{payment['id']}", json={"action": action})

    async def _bank(self, doing: str, key: str, amount: Money | None = None) -> None:
        body: dict[str, object] = {"payment_key": key}
        if amount is not None:
            body["amount"] = {"amount": amount.amount, "currency": amount.currency}
        (await self.http.post(f"/v1/bank/{doing}", json=body)).raise_for_status()
