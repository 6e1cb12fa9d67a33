"""Runs localstripe, an independent imitation of Stripe, as a process; fills in what it is too old to know.

It is a development tool under the GPL: started, spoken to over HTTP, and never imported.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from tests.support.sandbox_provider import eventually, free_port

API_KEY = "sk_test_localstripe"
_LEFT_BEHIND = Path("/tmp/localstripe.pickle")


@contextmanager
def running_localstripe() -> Iterator[str]:
    """Its address. It starts empty, and what it leaves in /tmp is removed at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert process.poll() is None, f"localstripe ended with {process.returncode}"
        try:
            return httpx.get(f"{url}/v1/events", auth=(API_KEY, ""), timeout=1, trust_env=False).is_success
        except httpx.TransportError:
            return False

    try:
        eventually(answers, "localstripe answers")
        yield url
    finally:
        process.kill()
        process.wait(10)
        _LEFT_BEHIND.unlink(missing_ok=True)


class LocalStripeTransport(httpx.AsyncBaseTransport):
    """Between the library and localstripe, which speaks an older version of the API.

    Leaves out of requests what was added since, and adds to answers the fields that were: nothing that the
    gateway decides is decided here.
    """

    def __init__(self) -> None:
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One call of the library."""
        answer = await self._network.handle_async_request(_as_of_old(request, await request.aread()))
        content = await answer.aread()
        await answer.aclose()
        try:
            found = json.loads(content)
        except ValueError:
            return httpx.Response(answer.status_code, content=content)
        return httpx.Response(answer.status_code, json=_as_of_today(found))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._network.aclose()


class Shopper:
    """A buyer's browser at localstripe."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, auth=(API_KEY, ""), timeout=10, trust_env=False)

    def pays(self, intent_id: str, card: str = "pm_card_visa") -> int:
        """Put in a card and confirm; the status of the answer."""
        self._http.post(f"/v1/payment_intents/{intent_id}", data={"payment_method": card}).raise_for_status()
        return self._http.post(f"/v1/payment_intents/{intent_id}/confirm").status_code

    def subscribes(self, url: str, secret: str) -> None:
        """Have webhooks of everything sent to `url`."""
        body = {"url": url, "secret": secret}
        self._http.post("/_config/webhooks/orderkeep", json=body).raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _as_of_old(request: httpx.Request, content: bytes) -> httpx.Request:
    fields = [
        (name, value)
        for name, value in parse_qsl(content.decode())
        if not name.startswith("allowed_payment_method_types")
    ]
    headers = {n: v for n, v in request.headers.items() if n not in {"content-length", "host"}}
    return httpx.Request(request.method, request.url, headers=headers, content=urlencode(fields))


def _as_of_today(found: dict[str, Any]) -> dict[str, Any]:
    charge = found.get("latest_charge")
    if isinstance(charge, dict):
        captured = charge["captured"] and charge["status"] == "succeeded"
        charge |= {"amount_captured": charge["amount"] if captured else 0, "disputed": False}
    if found.get("object") == "payment_intent" and found["status"] == "canceled":
        found["canceled_at"] = found["created"]
    return found
