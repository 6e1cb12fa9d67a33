"""An in-memory carrier for workflow and unit tests, scriptable per call. It sends no callback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from standardwebhooks import Webhook

from adapters.carriers.sandbox_callbacks import SandboxCarrierCallbackReader
from adapters.carriers.sandbox_events import DEMO_SECRET
from domain.address import Address
from domain.ports.carriers import (
    BookedParcel,
    CarrierFact,
    CarrierFactKind,
    CarrierOutcomeUnknownError,
    CarrierRefusedError,
    ParcelBooking,
)


class CarrierOperation(StrEnum):
    """The calls of the port that a test can script."""

    BOOK = "book"
    RECALL = "recall"
    CHANGE_ADDRESS = "change_address"
    TRACK = "track"


class CarrierTrouble(StrEnum):
    """What goes wrong with the next call."""

    UNAVAILABLE = "unavailable"  # not executed, outcome unknown to the caller
    EXECUTED_THEN_TIMEOUT = "executed_then_timeout"  # executed, outcome unknown to the caller
    REFUSED = "refused"  # refused for good


@dataclass(slots=True)
class FakeParcel:
    """What the fake carrier knows of one shipment; `booking` has the address that it goes to now."""

    booking: ParcelBooking
    tracking_number: str
    facts: list[CarrierFact] = field(default_factory=list)


class FakeCarrier:
    """`Carrier` over a dictionary.

    A test plays the carrier (`hands_over`, `delivers`, `loses`, `returns`), scripts trouble (`next_call`),
    reads `parcels`, `recalled` and `calls`, and reports the facts that it got to the order itself.
    """

    carrier = "sandbox"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` is the carrier's clock; facts of one shipment never share a millisecond."""
        self.parcels: dict[str, FakeParcel] = {}
        self.recalled: set[str] = set()
        self.calls: list[tuple[CarrierOperation, str]] = []
        self._now = now
        self._trouble: dict[CarrierOperation, list[CarrierTrouble]] = {each: [] for each in CarrierOperation}
        self._events = 0
        self._changed = asyncio.Event()

    # The carrier's people and the test.

    def next_call(self, operation: CarrierOperation, trouble: CarrierTrouble, times: int = 1) -> None:
        """Let the next `times` calls of `operation` run into `trouble`."""
        self._trouble[operation].extend([trouble] * times)

    def hands_over(self, shipment_id: str) -> CarrierFact:
        """The parcel was fetched."""
        return self.happens(shipment_id, CarrierFactKind.HANDED_OVER)

    def delivers(self, shipment_id: str) -> CarrierFact:
        """The buyer has it."""
        return self.happens(shipment_id, CarrierFactKind.DELIVERED)

    def loses(self, shipment_id: str) -> CarrierFact:
        """It is gone."""
        return self.happens(shipment_id, CarrierFactKind.LOST)

    def returns(self, shipment_id: str) -> CarrierFact:
        """It could not be delivered and is back."""
        return self.happens(shipment_id, CarrierFactKind.RETURNED)

    def happens(self, shipment_id: str, kind: CarrierFactKind) -> CarrierFact:
        """Anything at all that may happen to a booked parcel, also what a sane carrier would not do."""
        facts = self.parcels[shipment_id].facts
        self._events += 1
        now = self._now()
        instant = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if facts:
            instant = max(instant, facts[-1].occurred_at + timedelta(milliseconds=1))
        fact = CarrierFact(self.carrier, f"trk_{self._events:06d}", shipment_id, kind, instant)
        facts.append(fact)
        return fact

    async def booked(self, shipment_id: str, timeout_seconds: float = 10) -> FakeParcel:
        """Wait until the shipment was booked. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_seconds):
            while shipment_id not in self.parcels:
                self._changed.clear()
                await self._changed.wait()
        return self.parcels[shipment_id]

    def signed(self, fact: CarrierFact, secret: str = DEMO_SECRET) -> tuple[dict[str, str], bytes]:
        """Headers and body of the callback that tells of `fact`, signed at the carrier's now."""
        body = json.dumps(carrier_event_of(fact)).encode()
        now = self._now().astimezone(UTC)
        headers = {
            "webhook-id": fact.event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(fact.event_id, now, body.decode()),
        }
        return headers, body

    # The port.

    async def book(self, booking: ParcelBooking) -> BookedParcel:
        """See the port."""
        shipment_id = booking.shipment_id
        timed_out = self._begin(CarrierOperation.BOOK, shipment_id)
        known = self.parcels.get(shipment_id)
        if shipment_id in self.recalled:
            raise CarrierRefusedError(shipment_id=shipment_id)
        if known is None:
            known = FakeParcel(booking, f"SBX{len(self.parcels) + 1:09d}")
            self.parcels[shipment_id] = known
            self._changed.set()
        elif replace(known.booking, address=booking.address) != booking:
            raise CarrierRefusedError(shipment_id=shipment_id)
        elif not known.facts:
            known.booking = booking
        _raise_if(timed_out, shipment_id)
        return BookedParcel(shipment_id, known.tracking_number)

    async def recall(self, shipment_id: str) -> bool:
        """See the port."""
        timed_out = self._begin(CarrierOperation.RECALL, shipment_id)
        left = self._has_left(shipment_id)
        if not left:
            self.recalled.add(shipment_id)
        _raise_if(timed_out, shipment_id)
        return not left

    async def change_address(self, shipment_id: str, address: Address) -> bool:
        """See the port."""
        timed_out = self._begin(CarrierOperation.CHANGE_ADDRESS, shipment_id)
        parcel = self.parcels.get(shipment_id)
        if parcel is None and shipment_id not in self.recalled:
            raise CarrierRefusedError(shipment_id=shipment_id)
        possible = not (self._has_left(shipment_id) or shipment_id in self.recalled)
        if parcel is not None and possible:
            parcel.booking = replace(parcel.booking, address=address)
        _raise_if(timed_out, shipment_id)
        return possible

    async def track(self, shipment_id: str) -> tuple[CarrierFact, ...]:
        """See the port."""
        _raise_if(self._begin(CarrierOperation.TRACK, shipment_id), shipment_id)
        parcel = self.parcels.get(shipment_id)
        return tuple(parcel.facts) if parcel else ()

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CarrierFact:
        """See the port; the carrier's demo secret signs."""
        return SandboxCarrierCallbackReader([DEMO_SECRET]).read(headers, body, now)

    def _has_left(self, shipment_id: str) -> bool:
        parcel = self.parcels.get(shipment_id)
        return parcel is not None and bool(parcel.facts)

    def _begin(self, operation: CarrierOperation, shipment_id: str) -> bool:
        """Record the call; True when it is to be executed and then to time out."""
        self.calls.append((operation, shipment_id))
        script = self._trouble[operation]
        trouble = script.pop(0) if script else None
        if trouble is CarrierTrouble.UNAVAILABLE:
            raise CarrierOutcomeUnknownError(shipment_id=shipment_id)
        if trouble is CarrierTrouble.REFUSED:
            raise CarrierRefusedError(shipment_id=shipment_id)
        return trouble is CarrierTrouble.EXECUTED_THEN_TIMEOUT


def carrier_event_of(fact: CarrierFact) -> dict[str, object]:
    """The carrier's JSON for a fact."""
    return {
        "event_id": fact.event_id,
        "type": f"parcel.{fact.kind}",
        "shipment_id": fact.shipment_id,
        "occurred_at": fact.occurred_at.isoformat(timespec="milliseconds"),
    }


def _raise_if(timed_out: bool, shipment_id: str) -> None:
    if timed_out:
        raise CarrierOutcomeUnknownError(shipment_id=shipment_id)
