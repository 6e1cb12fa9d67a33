"""The provider's JSON that comes in, checked strictly. No rules of money here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StrictInt

from domain.money import LARGEST_AMOUNT, Money
from ops.sandbox.values import FaultIn, Identifier, Instant, Key, Strict, Text, WebAddress
from ops.sandbox_provider.payments import BuyerAction
from ops.sandbox_provider.records import Capture, PaymentOrder, RefundOrder
from ops.sandbox_provider.words import FaultKind, Operation, Scope

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class MoneyIn(Strict):
    """Minor units, at least one."""

    amount: Annotated[StrictInt, Field(ge=1, le=LARGEST_AMOUNT)]
    currency: Currency

    def money(self) -> Money:
        """As the domain has it."""
        return Money(self.amount, self.currency)


class PaymentIn(Strict):
    """Body of POST /v1/payments."""

    key: Key
    order_id: Identifier
    order_number: Identifier
    amount: MoneyIn
    expires_at: Instant
    callback_url: WebAddress
    capture: Capture = Capture.AUTOMATIC

    def order(self) -> PaymentOrder:
        """As the rules take it."""
        return PaymentOrder(
            key=self.key,
            order_id=self.order_id,
            order_number=self.order_number,
            amount=self.amount.money(),
            expires_at=self.expires_at,
            callback_url=self.callback_url,
            capture=self.capture,
        )


class RefundIn(Strict):
    """Body of POST /v1/refunds."""

    key: Key
    payment_key: Key
    amount: MoneyIn
    reason: Text

    def order(self) -> RefundOrder:
        """As the rules take it."""
        return RefundOrder(self.key, self.payment_key, self.amount.money(), self.reason)


class CaptureIn(Strict):
    """Body of POST /v1/payments/by-key/{key}/capture."""

    amount: MoneyIn


class BankIn(Strict):
    """Body of the bank's calls; without an amount all that there is."""

    payment_key: Key
    amount: MoneyIn | None = None


class ActionIn(Strict):
    """Body of POST /pay/{id} when it is JSON."""

    action: BuyerAction


class ProviderFaultIn(FaultIn):
    """Body of POST /v1/faults."""

    scopes: ClassVar = tuple(Scope)
    parameters: ClassVar = {
        **FaultIn.parameters,
        FaultKind.WRONG_AMOUNT: "amount",
        FaultKind.LINE_AMOUNT: "amount",
        FaultKind.LINE_ADDED: "amount",
    }

    payment_key: Key | None = None
    order_id: Identifier | None = None
    fault: FaultKind
    operation: Operation | None = None
    amount: Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)] | None = None
