"""`Pricing` over gRPC: the three prices, by the same use cases and with the same answers as over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from activities.price_desk import PriceDesk
from adapters.protobuf.codec import to_json, to_message
from adapters.protobuf.v1 import pricing_pb2
from api.access import Scope
from api.grpc.calls import Call, Calls, Handlers
from api.grpc.requests import request_from
from api.pricing import three_prices
from api.schemas.prices import DisplayPricesBody, OrderPriceBody, PaymentPriceBody
from domain.ports.clock import Clock
from domain.ports.prices import PriceSnapshots

SERVICE: Final = "orderkeep.v1.Pricing"
_CALLERS: Final = frozenset({Scope.CALLER})
_OF_HTTP: Final = frozenset({"links", "what_if"})  # addresses, and what is always False here


@dataclass(frozen=True, slots=True)
class PricingCalls:
    """The calls of `orderkeep.v1.Pricing`. They raise what `api.pricing.three_prices` raises."""

    desk: PriceDesk
    snapshots: PriceSnapshots
    clock: Clock

    def handlers(self, calls: Calls) -> Handlers:
        """Each call by its name."""
        return {
            "DisplayPrices": calls.unary(pricing_pb2.DisplayPricesRequest, _CALLERS, self.display_prices),
            "OrderPrice": calls.unary(pricing_pb2.OrderPriceRequest, _CALLERS, self.order_price),
            "PaymentPrice": calls.unary(pricing_pb2.PaymentPriceRequest, _CALLERS, self.payment_price),
        }

    async def display_prices(
        self, _call: Call, request: pricing_pb2.DisplayPricesRequest
    ) -> pricing_pb2.DisplayPricesResponse:
        """What a product page shows."""
        body = request_from(to_json(request), DisplayPricesBody)
        shown = await three_prices.display_prices(self.desk, body, self.clock.now())
        return to_message(pricing_pb2.DisplayPricesResponse, shown)

    async def order_price(self, _call: Call, request: pricing_pb2.OrderPriceRequest) -> pricing_pb2.Quote:
        """A quote to order by."""
        body = request_from(to_json(request), OrderPriceBody)
        quote = await three_prices.order_price(self.desk, body, self.clock.now())
        told = {name: value for name, value in quote.items() if name not in _OF_HTTP}
        return to_message(pricing_pb2.Quote, told)

    async def payment_price(
        self, _call: Call, request: pricing_pb2.PaymentPriceRequest
    ) -> pricing_pb2.PaymentPriceResponse:
        """Whether a shown price still holds."""
        body = request_from(to_json(request), PaymentPriceBody)
        price = await three_prices.payment_price(self.desk, self.snapshots, body, self.clock.now())
        return to_message(pricing_pb2.PaymentPriceResponse, price)
