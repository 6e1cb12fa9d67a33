"""What may be asked by message: a name for each, and the HTTP call that it is. Names never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. A path with `{order_id}` is about one order, which the command then names."""

    method: str
    path: str

    @property
    def is_about_an_order(self) -> bool:
        """True when the command must name its order."""
        return "{order_id}" in self.path

    def path_of(self, order_id: str) -> str:
        """Where it is sent."""
        return self.path.replace("{order_id}", order_id)


_ORDER = "/v1/orders/{order_id}"

# The names are those of the calls in the OpenAPI document. What people decide at a desk is not among them.
OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "place_order": Operation("POST", "/v1/orders"),
        "read_order": Operation("GET", _ORDER),
        "cancel_order": Operation("POST", f"{_ORDER}/cancel"),
        "pay_again": Operation("POST", f"{_ORDER}/payments"),
        "confirm_price": Operation("POST", f"{_ORDER}/price-confirmation"),
        "decline_price": Operation("POST", f"{_ORDER}/price-decline"),
        "change_address": Operation("PUT", f"{_ORDER}/address"),
        "accept_service": Operation("POST", f"{_ORDER}/accept"),
        "request_return": Operation("POST", f"{_ORDER}/returns"),
        "request_refund": Operation("POST", f"{_ORDER}/refunds"),
        "make_quote": Operation("POST", "/v1/quotes"),
        "display_prices": Operation("POST", "/v1/prices/display"),
        "order_price": Operation("POST", "/v1/prices/order"),
        "payment_price": Operation("POST", "/v1/prices/payment"),
    }
)
