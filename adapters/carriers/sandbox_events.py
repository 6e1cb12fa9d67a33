"""Translates events of the sandbox carrier into carrier facts, strictly. Does not verify signatures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from adapters.strict_json import identifier, instant, refuse
from domain.ports.carriers import CarrierFact, CarrierFactKind

CARRIER: Final = "sandbox"

# Published in the documentation, so it protects nothing: a production start must refuse it.
DEMO_SECRET: Final = "whsec_" + base64.b64encode(b"orderkeep demo carrier, not for production").decode()

_KINDS: Final = {f"parcel.{kind}": kind for kind in CarrierFactKind}


def fact_of(event: object) -> CarrierFact:
    """The fact that a decoded event states. Unknown extra fields are ignored, unknown types are not.

    Raises `UnreadableEventError`.
    """
    if not isinstance(event, Mapping):
        refuse("event")
    kind = _KINDS.get(identifier(event, "type"))
    if kind is None:
        refuse("type")
    return CarrierFact(
        carrier=CARRIER,
        event_id=identifier(event, "event_id"),
        shipment_id=identifier(event, "shipment_id"),
        kind=kind,
        occurred_at=instant(event),
    )
