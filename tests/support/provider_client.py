"""Drives a running sandbox provider in tests: a merchant, a buyer and the faults, over plain HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx

from tests.support.sandbox_provider import CallbackReceiver, ProviderProcess, Received, eventually

_numbers = count(1)
Json = dict[str, object]


class Till:
    """Opens payments of £199.00, each with a callback path of its own, and plays its buyer."""

    def __init__(self, provider: ProviderProcess, receiver: CallbackReceiver) -> None:
        self.receiver = receiver
        self.http = httpx.Client(base_url=provider.url, timeout=10, trust_env=False)

    def body(self, **changes: object) -> Json:
        """A request for a payment that nobody has made yet."""
        name = f"ord_{next(_numbers)}"
        return {
            "key": f"{name}:1",
            "order_id": name,
            "order_number": name.upper(),
            "amount": {"amount": 19_900, "currency": "GBP"},
            "expires_at": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(),
            "callback_url": f"{self.receiver.url}/{name}",
            **changes,
        }

    def post(self, path: str, body: Json, key: object = None) -> httpx.Response:
        """POST with the idempotency key that the body names, or another one."""
        headers = {"Idempotency-Key": str(key or body.get("key")), "content-type": "application/json"}
        # Not httpx's own JSON, which cannot send a lone surrogate.
        return self.http.post(path, content=json.dumps(body), headers=headers)

    def opened(self, **changes: object) -> Json:
        """A payment as the provider answered it."""
        answer: Json = self.post("/v1/payments", self.body(**changes)).raise_for_status().json()
        return answer

    def act(self, payment: Json, action: str) -> httpx.Response:
        """The buyer pays or declines."""
        return self.http.post(f"/pay/{payment['id']}", json={"action": action})

    def cancel(self, payment: Json) -> httpx.Response:
        """The merchant closes the payment."""
        return self.post(f"/v1/payments/by-key/{payment['key']}/cancel", {}, payment["key"])

    def capture(self, payment: Json, amount: int) -> httpx.Response:
        """The merchant takes authorised pence."""
        body: Json = {"amount": {"amount": amount, "currency": "GBP"}}
        return self.post(f"/v1/payments/by-key/{payment['key']}/capture", body, payment["key"])

    def bank(self, doing: str, payment: Json, amount: int | None = None) -> httpx.Response:
        """A bank does something unasked: charge-backs, refunds, ended-authorisations."""
        money = {} if amount is None else {"amount": {"amount": amount, "currency": "GBP"}}
        return self.http.post(f"/v1/bank/{doing}", json={"payment_key": payment["key"], **money})

    def report(self, *payments: Json, **parameters: object) -> list[Json]:
        """The lines of these minutes that concern those payments, over all pages."""
        now, minute, after = datetime.now(UTC), timedelta(minutes=1), "0:0"
        span = {"since": (now - minute).isoformat(), "until": (now + minute).isoformat()}
        lines: list[Json] = []
        while after:
            asked = {**span, "after": after, **{name: str(value) for name, value in parameters.items()}}
            answer = self.http.get("/v1/report", params=asked).raise_for_status().json()
            lines += answer["lines"]
            after = answer["next_after"]
        keys = {payment["key"] for payment in payments}
        return [line for line in lines if line["payment_key"] in keys]

    def refund(self, payment: Json, amount: int, key: str, currency: str = "GBP") -> httpx.Response:
        """The merchant gives back some pence."""
        money = {"amount": amount, "currency": currency}
        body: Json = {"key": key, "payment_key": payment["key"], "amount": money, "reason": "buyer"}
        return self.post("/v1/refunds", body)

    def fault(self, fault: str, payment: Json, **parameters: object) -> None:
        """Script a fault for that payment."""
        body = {"payment_key": payment["key"], "fault": fault, **parameters}
        self.http.post("/v1/faults", json=body).raise_for_status()

    def known(self, payment: Json) -> Json:
        """What the provider answers when it is asked."""
        found: Json = self.http.get(f"/v1/payments/by-key/{payment['key']}").raise_for_status().json()
        return found

    def types(self, payment: Json) -> list[str]:
        """The types of all that happened, as asked for."""
        events = self.known(payment)["events"]
        assert isinstance(events, list)
        return [event["type"].removeprefix("payment.") for event in events]

    def ledger(self, payment: Json) -> list[Json]:
        """The captures and refunds of the payment's order."""
        answer = self.http.get("/v1/ledger", params={"order_id": str(payment["order_id"])})
        entries: list[Json] = answer.raise_for_status().json()["entries"]
        return entries

    def callbacks(self, payment: Json, number: int) -> list[Received]:
        """The first callbacks of that payment, in the order of arrival; waits for `number` of them."""
        return self.receiver.wait_for(number, f"/{payment['order_id']}")

    def told(self, payment: Json, number: int) -> list[str]:
        """The types that those callbacks told of."""
        return [told_by(callback) for callback in self.callbacks(payment, number)]

    def all_sent(self) -> None:
        """Wait until the provider has nothing left to send."""
        eventually(lambda: self.http.get("/v1/callbacks").json()["pending"] == 0, "every callback was sent")

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def told_by(callback: Received) -> str:
    """The type of the event in a callback, without its prefix."""
    kind: str = json.loads(callback.body)["type"]
    return kind.removeprefix("payment.")
