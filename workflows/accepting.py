"""Writes acceptable requests for orders down, before anything else happens. Starts nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.order.accept import OrderRequest, accepted_entry, check_request
from domain.ports.clock import Clock, Ids
from domain.ports.intake import IntakeEntry, OrderIntake
from domain.ports.personal_data import BuyerErasedError, PersonalData
from domain.ports.prices import PriceSnapshots
from domain.pricing.snapshot import PriceSnapshot


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted request and the snapshot it is placed by; `repeated` when its key has made it before."""

    entry: IntakeEntry
    snapshot: PriceSnapshot
    repeated: bool


@dataclass(frozen=True, slots=True)
class Accepting:
    """The front door for every transport. Whatever came in, only sealed addresses go on from here."""

    snapshots: PriceSnapshots
    intake: OrderIntake
    clock: Clock
    ids: Ids
    personal: PersonalData

    async def accept(self, caller: str, key: str, request: OrderRequest) -> Accepted:
        """Accept a request once per (caller, key); when this returns it is durable.

        Raises `SnapshotNotFoundError`, `SnapshotMismatchError`, `NotAFinalPriceError`,
        `AddressRequiredError`, `IdempotencyKeyReusedError`, `BuyerErasedError`.
        """
        snapshot = check_request(request, await self.snapshots.get(request.snapshot_id))
        request = await self._sealed(request)
        wanted = accepted_entry(
            request,
            snapshot,
            order_id=self.ids.new("ord"),
            entropy=self.ids.entropy(),
            key=key,
            at=self.clock.now(),
        )
        entry, new = await self.intake.accept(caller, key, request.digest, wanted)
        return Accepted(entry, snapshot, repeated=not new)

    async def _sealed(self, request: OrderRequest) -> OrderRequest:
        if request.address is not None:
            address = await self.personal.seal_address(request.buyer_id, request.address)
            return replace(request, address=address)
        if await self.personal.is_erased(request.buyer_id):
            raise BuyerErasedError(buyer_id=request.buyer_id)
        return request
