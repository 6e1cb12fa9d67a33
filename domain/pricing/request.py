"""What somebody wants a price for. Values only; the calculator is in `domain.pricing.calculate`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.catalogue.buyers import Buyer
from domain.errors import InvalidValueError
from domain.order.lines import LARGEST_QUANTITY, MOST_LINES

MOST_SERVICES = 20
MOST_HOLDS = 50


class Scene(StrEnum):
    """What a price is shown for; it sets the layers and how long the snapshot holds (domain rule 3)."""

    DISPLAY = "display"
    CART = "cart"
    ORDER = "order"
    CHECKOUT = "checkout"


LIFETIME = {
    Scene.DISPLAY: timedelta(minutes=10),
    Scene.CART: timedelta(minutes=10),
    Scene.ORDER: timedelta(minutes=30),
    Scene.CHECKOUT: timedelta(minutes=15),
}
# Display and cart prices lack charges: an order cannot be charged by them, only compared with them.
FINAL_SCENES = frozenset({Scene.ORDER, Scene.CHECKOUT})


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """How many of what."""

    sku: str
    quantity: int

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= LARGEST_QUANTITY:
            raise InvalidValueError(field="quantity", rule=f"1 to {LARGEST_QUANTITY}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a buyer asks for besides the goods; kept with the snapshot, so that a check asks for the same.

    `region` is an ISO 3166 alpha-2 code or empty; `points` is the most that may be spent; `services` are
    codes of value-added services such as insurance; `hold_ids` are the buyer's own pre-locks.
    """

    region: str = ""
    payment_method: str = ""
    voucher_code: str = ""
    points: int = 0
    services: tuple[str, ...] = ()
    hold_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.points < 0:
            raise InvalidValueError(field="points", rule="cannot be negative")
        if len(self.services) > MOST_SERVICES or len(set(self.services)) != len(self.services):
            raise InvalidValueError(field="services", rule=f"at most {MOST_SERVICES}, each once")
        if len(self.hold_ids) > MOST_HOLDS or len(set(self.hold_ids)) != len(self.hold_ids):
            raise InvalidValueError(field="hold_ids", rule=f"at most {MOST_HOLDS}, each once")


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """One calculation's question. `buyer` is None when nobody is known yet; then no offer for some applies.

    Raises `InvalidValueError` outside 1..1,000 lines.
    """

    lines: tuple[RequestedLine, ...]
    currency: str
    scene: Scene
    buyer: Buyer | None = None
    wishes: Wishes = NO_WISHES

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise InvalidValueError(field="lines", rule=f"1 to {MOST_LINES}")

    @property
    def skus(self) -> frozenset[str]:
        """Each SKU once."""
        return frozenset(line.sku for line in self.lines)
