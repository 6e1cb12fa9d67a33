"""Runs the real sandbox carrier as a process for tests, and drives it as a merchant and its own people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx

from tests.support.sandbox_provider import CallbackReceiver, Received, SandboxProcess, eventually

_numbers = count(1)
Json = dict[str, object]
ADDRESS = {"street": "1 High Street", "city": "Leeds", "zip_code": "LS1 1AA", "country": "GB"}


@contextmanager
def running_carrier(folder: Path) -> Iterator[SandboxProcess]:
    """A carrier with its data in `folder`, killed at the end."""
    carrier = SandboxProcess(folder, name="carrier")
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.kill()


class Depot:
    """Books parcels, each with a callback path of its own, and plays the carrier's people."""

    def __init__(self, carrier: SandboxProcess, receiver: CallbackReceiver) -> None:
        self.receiver = receiver
        self.http = httpx.Client(base_url=carrier.url, timeout=10, trust_env=False)

    def body(self, **changes: object) -> Json:
        """A booking that nobody has made yet."""
        number = next(_numbers)
        return {
            "shipment_id": f"shp_{number}_1",
            "order_number": f"N{number}",
            "warehouse_id": "main",
            "address": ADDRESS,
            "items": [{"sku": "tea", "title": "Green tea", "quantity": 2}],
            "callback_url": f"{self.receiver.url}/shp_{number}_1",
            **changes,
        }

    def post(self, path: str, body: Json, key: object = None) -> httpx.Response:
        """POST with the idempotency key that the body names, or another one."""
        headers = {"Idempotency-Key": str(key or body.get("shipment_id")), "content-type": "application/json"}
        # Not httpx's own JSON, which cannot send a lone surrogate.
        return self.http.post(path, content=json.dumps(body), headers=headers)

    def booked(self, **changes: object) -> Json:
        """A parcel as the carrier answered it."""
        answer: Json = self.post("/v1/parcels", self.body(**changes)).raise_for_status().json()
        return answer

    def act(self, parcel: Json, doing: str) -> httpx.Response:
        """The carrier's people hand over, deliver, lose or return."""
        return self.http.post(f"/v1/parcels/{parcel['shipment_id']}/{doing}")

    def recall(self, parcel: Json) -> bool:
        """The merchant wants it back."""
        path = f"/v1/parcels/{parcel['shipment_id']}/recall"
        answer = self.post(path, {}, parcel["shipment_id"]).raise_for_status().json()
        return bool(answer["recalled"])

    def fault(self, fault: str, parcel: Json, **parameters: object) -> None:
        """Script a fault for that shipment."""
        body = {"shipment_id": parcel["shipment_id"], "fault": fault, **parameters}
        self.http.post("/v1/faults", json=body).raise_for_status()

    def known(self, parcel: Json) -> Json:
        """What the carrier answers when it is asked."""
        found: Json = self.http.get(f"/v1/parcels/{parcel['shipment_id']}").raise_for_status().json()
        return found

    def types(self, parcel: Json) -> list[str]:
        """The types of all that happened, as asked for."""
        events = self.known(parcel)["events"]
        assert isinstance(events, list)
        return [event["type"].removeprefix("parcel.") for event in events]

    def callbacks(self, parcel: Json, number: int) -> list[Received]:
        """The first callbacks of that parcel, in the order of arrival; waits for `number` of them."""
        return self.receiver.wait_for(number, f"/{parcel['shipment_id']}")

    def told(self, parcel: Json, number: int) -> list[str]:
        """The types that those callbacks told of."""
        kinds = [str(json.loads(one.body)["type"]) for one in self.callbacks(parcel, number)]
        return [kind.removeprefix("parcel.") for kind in kinds]

    def all_sent(self) -> None:
        """Wait until the carrier has nothing left to send."""
        eventually(lambda: self.http.get("/v1/callbacks").json()["pending"] == 0, "every callback was sent")

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
