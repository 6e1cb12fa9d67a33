"""When the money of an order is taken."""

from __future__ import annotations

from enum import StrEnum


class CaptureMode(StrEnum):
    """With the payment, or authorised at checkout and taken when the first goods leave (domain rule 8)."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
