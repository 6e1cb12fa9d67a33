"""The carrier's rules: booking, recalling, sending elsewhere, and what its people do. No HTTP."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from ops.sandbox.faults import strike
from ops.sandbox.instants import from_millis, to_millis
from ops.sandbox.service import RefusedError
from ops.sandbox_carrier import journal
from ops.sandbox_carrier.records import Booking, EventType, Item, Parcel, ParcelStatus, Place
from ops.sandbox_carrier.words import FaultKind, about


class Doing(StrEnum):
    """What the carrier's people do with a parcel; the words stand in paths."""

    HAND_OVER = "hand-over"
    DELIVER = "deliver"
    LOSE = "lose"
    RETURN = "return"


_END: Final = {
    Doing.HAND_OVER: ParcelStatus.HANDED_OVER,
    Doing.DELIVER: ParcelStatus.DELIVERED,
    Doing.LOSE: ParcelStatus.LOST,
    Doing.RETURN: ParcelStatus.RETURNED,
}
# A lost parcel may turn up again, as it happens; what was delivered or is back stays there.
_FROM: Final = {
    Doing.HAND_OVER: {ParcelStatus.BOOKED},
    Doing.DELIVER: {ParcelStatus.BOOKED, ParcelStatus.HANDED_OVER, ParcelStatus.LOST},
    Doing.LOSE: {ParcelStatus.BOOKED, ParcelStatus.HANDED_OVER},
    Doing.RETURN: {ParcelStatus.BOOKED, ParcelStatus.HANDED_OVER, ParcelStatus.LOST},
}


def book(connection: sqlite3.Connection, booking: Booking, now: datetime) -> Parcel | RefusedError:
    """The parcel of this shipment, made at the first call.

    Where it goes and where callbacks go are not content: a repeated call moves both, the address as long as
    the parcel is here. Raises `RefusedError` for other content and after a recall; gives it when a fault
    refuses.
    """
    shipment_id = booking.shipment_id
    if strike(connection, FaultKind.BOOKING_REFUSED, about(shipment_id, booking.order_number)):
        return RefusedError(422, "not_served", "scripted: we do not go there")
    known = _find(connection, shipment_id)
    if _was_recalled(connection, shipment_id, known):
        raise RefusedError(409, "parcel_recalled", "this shipment was recalled and can never be booked")
    if known is None:
        return _insert(connection, booking, now)
    if _content(known.booking) != _content(booking):
        raise RefusedError(422, "key_reused", "this shipment was booked with other content")
    address = booking.address if known.status is ParcelStatus.BOOKED else known.booking.address
    return _send_to(connection, known, address, booking.callback_url)


def recall(connection: sqlite3.Connection, shipment_id: str) -> bool:
    """Whether the parcel stays here: True too for one that was never booked, and then never will be."""
    parcel = _find(connection, shipment_id)
    if parcel is None:
        connection.execute("INSERT OR IGNORE INTO recalled VALUES (?)", (shipment_id,))
        return True
    if parcel.status is ParcelStatus.BOOKED:
        subject = about(shipment_id, parcel.booking.order_number)
        if not strike(connection, FaultKind.RECALL_IGNORED, subject):
            _set_status(connection, parcel, ParcelStatus.RECALLED, None)
        return True
    return parcel.status is ParcelStatus.RECALLED


def change_address(connection: sqlite3.Connection, shipment_id: str, address: Place) -> bool:
    """Whether the parcel goes there now; False when it has left or was recalled.

    Raises `RefusedError` (404) for a shipment that was never heard of.
    """
    parcel = _find(connection, shipment_id)
    if parcel is None and _was_recalled(connection, shipment_id, None):
        return False
    known = _known(parcel)
    if known.status is not ParcelStatus.BOOKED:
        return False
    _send_to(connection, known, address, known.booking.callback_url)
    return True


def by_shipment(connection: sqlite3.Connection, shipment_id: str) -> Parcel:
    """Raises `RefusedError` (404) for a shipment that was never booked."""
    return _known(_find(connection, shipment_id))


def of_order(connection: sqlite3.Connection, order_number: str | None, limit: int) -> Sequence[Parcel]:
    """The newest parcels, of one order or of all, oldest first."""
    rows = connection.execute(
        "SELECT * FROM parcels WHERE ?1 IS NULL OR order_number = ?1 ORDER BY rowid DESC LIMIT ?2",
        (order_number, limit),
    ).fetchall()
    return [_parcel(row) for row in reversed(rows)]


def act(connection: sqlite3.Connection, shipment_id: str, doing: Doing, now: datetime) -> Parcel:
    """What the carrier's people do. Repeating is harmless; else a closed parcel raises `RefusedError` (409).

    A parcel that was not fetched yet is fetched first: two events of one change.
    """
    parcel = by_shipment(connection, shipment_id)
    end = _END[doing]
    if parcel.status is end:
        return parcel
    if parcel.status not in _FROM[doing]:
        raise RefusedError(409, "parcel_closed", f"this parcel is {parcel.status}: no {doing}")
    fetched = [EventType.HANDED_OVER] if parcel.status is ParcelStatus.BOOKED else []
    last = [] if doing is Doing.HAND_OVER else [EventType(f"parcel.{end}")]
    journal.record(connection, parcel, [*fetched, *last], now)
    return _set_status(connection, parcel, end, now)


def _insert(connection: sqlite3.Connection, booking: Booking, now: datetime) -> Parcel:
    made = Parcel(f"SBX{secrets.randbelow(10**12):012d}", booking, ParcelStatus.BOOKED, now)
    connection.execute(
        "INSERT INTO parcels (shipment_id, tracking_number, order_number, warehouse_id, address, items,"
        " callback_url, status, booked_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            booking.shipment_id,
            made.tracking_number,
            booking.order_number,
            booking.warehouse_id,
            json.dumps(asdict(booking.address)),
            json.dumps([asdict(item) for item in booking.items]),
            booking.callback_url,
            made.status,
            to_millis(now),
            to_millis(now),
        ),
    )
    return made


def _send_to(connection: sqlite3.Connection, parcel: Parcel, address: Place, callback_url: str) -> Parcel:
    connection.execute(
        "UPDATE parcels SET address = ?, callback_url = ? WHERE shipment_id = ?",
        (json.dumps(asdict(address)), callback_url, parcel.booking.shipment_id),
    )
    return replace(parcel, booking=replace(parcel.booking, address=address, callback_url=callback_url))


def _set_status(
    connection: sqlite3.Connection, parcel: Parcel, status: ParcelStatus, now: datetime | None
) -> Parcel:
    connection.execute(
        "UPDATE parcels SET status = ?, changed_at = coalesce(?, changed_at) WHERE shipment_id = ?",
        (status, None if now is None else to_millis(now), parcel.booking.shipment_id),
    )
    return replace(parcel, status=status)


def _was_recalled(connection: sqlite3.Connection, shipment_id: str, parcel: Parcel | None) -> bool:
    if parcel is not None:
        return parcel.status is ParcelStatus.RECALLED
    row = connection.execute("SELECT 1 FROM recalled WHERE shipment_id = ?", (shipment_id,)).fetchone()
    return row is not None


def _content(booking: Booking) -> tuple[object, ...]:
    return booking.order_number, booking.warehouse_id, booking.items


def _find(connection: sqlite3.Connection, shipment_id: str) -> Parcel | None:
    row = connection.execute("SELECT * FROM parcels WHERE shipment_id = ?", (shipment_id,)).fetchone()
    return None if row is None else _parcel(row)


def _known(parcel: Parcel | None) -> Parcel:
    if parcel is None:
        raise RefusedError(404, "parcel_unknown", "no parcel is known by that shipment")
    return parcel


def _parcel(row: sqlite3.Row) -> Parcel:
    booking = Booking(
        shipment_id=row["shipment_id"],
        order_number=row["order_number"],
        warehouse_id=row["warehouse_id"],
        address=Place(**json.loads(row["address"])),
        items=tuple(Item(**item) for item in json.loads(row["items"])),
        callback_url=row["callback_url"],
    )
    status = ParcelStatus(row["status"])
    return Parcel(row["tracking_number"], booking, status, from_millis(row["booked_at"]))
