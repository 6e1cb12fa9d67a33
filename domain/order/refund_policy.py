"""What goes back with returned goods besides their price (domain rule 8). Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeliveryFeePolicy(StrEnum):
    """When the delivery fee goes back: never, or with the last of the goods."""

    KEEP = "keep"
    WITH_ALL_GOODS = "with_all_goods"


class ThresholdPolicy(StrEnum):
    """What becomes of a reduction whose threshold the kept goods do not meet any more."""

    KEEP = "keep"
    CLAW_BACK = "claw_back"


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """The rules for money after shipment. What does not reach the buyer is paid back whatever they say."""

    delivery_fee: DeliveryFeePolicy = DeliveryFeePolicy.WITH_ALL_GOODS
    threshold: ThresholdPolicy = ThresholdPolicy.KEEP
