"""The provider's JSON: what comes in, checked strictly, and what goes out. No rules of money here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, model_validator

from domain.money import LARGEST_AMOUNT, Money
from ops.sandbox_provider.faults import Fault, FaultKind, Operation, Scope
from ops.sandbox_provider.payments import BuyerAction
from ops.sandbox_provider.records import PaymentOrder, RefundOrder

_LONGEST_WAIT: Final = 600_000


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "an absolute http or https address"
        raise ValueError(message)
    return value


def _plausible(value: datetime) -> datetime:
    # Beyond these years, arithmetic with time zones can leave the range of datetime.
    if not datetime(2000, 1, 1, tzinfo=UTC) <= value <= datetime(2999, 12, 31, tzinfo=UTC):
        message = "a time between the years 2000 and 2999"
        raise ValueError(message)
    return value.astimezone(UTC)


# Keys stand in paths, so they keep to characters that no proxy or framework decodes.
KEY_PATTERN: Final = r"^[A-Za-z0-9._:~@+=,-]{1,200}$"
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Identifier = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
WebAddress = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,2000}$"), AfterValidator(_web_address)]
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MoneyIn(_Strict):
    """Minor units, at least one."""

    amount: Annotated[StrictInt, Field(ge=1, le=LARGEST_AMOUNT)]
    currency: Currency

    def money(self) -> Money:
        """As the domain has it."""
        return Money(self.amount, self.currency)


class PaymentIn(_Strict):
    """Body of POST /v1/payments."""

    key: Key
    order_id: Identifier
    order_number: Identifier
    amount: MoneyIn
    expires_at: Instant
    callback_url: WebAddress

    def order(self) -> PaymentOrder:
        """As the rules take it."""
        return PaymentOrder(
            key=self.key,
            order_id=self.order_id,
            order_number=self.order_number,
            amount=self.amount.money(),
            expires_at=self.expires_at,
            callback_url=self.callback_url,
        )


class RefundIn(_Strict):
    """Body of POST /v1/refunds."""

    key: Key
    payment_key: Key
    amount: MoneyIn
    reason: Text

    def order(self) -> RefundOrder:
        """As the rules take it."""
        return RefundOrder(self.key, self.payment_key, self.amount.money(), self.reason)


class ActionIn(_Strict):
    """Body of POST /pay/{id} when it is JSON."""

    action: BuyerAction


_PARAMETER: Final = {
    FaultKind.DELAY: "delay_ms",
    FaultKind.DUPLICATE: "copies",
    FaultKind.WRONG_AMOUNT: "amount",
    FaultKind.EXECUTE_THEN_TIMEOUT: "hold_ms",
}
_OF_AN_OPERATION: Final = frozenset({FaultKind.EXECUTE_THEN_TIMEOUT, FaultKind.UNAVAILABLE})


class FaultIn(_Strict):
    """Body of POST /v1/faults: one target, one fault, the parameters of that fault only."""

    payment_key: Key | None = None
    order_id: Identifier | None = None
    any: bool = False
    fault: FaultKind
    times: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 1
    operation: Operation | None = None
    delay_ms: Annotated[StrictInt, Field(ge=1, le=_LONGEST_WAIT)] | None = None
    copies: Annotated[StrictInt, Field(ge=2, le=20)] | None = None
    amount: Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)] | None = None
    hold_ms: Annotated[StrictInt, Field(ge=1, le=_LONGEST_WAIT)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.payment_key is not None) + (self.order_id is not None) + self.any != 1:
            message = "name exactly one of payment_key, order_id, any"
            raise ValueError(message)
        for name in _PARAMETER.values():
            if getattr(self, name) is not None and _PARAMETER.get(self.fault) != name:
                message = f"{name} does not belong to the fault {self.fault}"
                raise ValueError(message)
        if self.fault is FaultKind.DELAY and self.delay_ms is None:
            message = "the fault delay needs delay_ms"
            raise ValueError(message)
        if self.operation is not None and self.fault not in _OF_AN_OPERATION:
            message = f"operation does not belong to the fault {self.fault}"
            raise ValueError(message)
        return self

    def scripted(self) -> Fault:
        """As the fault table takes it."""
        scope, target = Scope.ANY, ""
        if self.payment_key is not None:
            scope, target = Scope.PAYMENT_KEY, self.payment_key
        elif self.order_id is not None:
            scope, target = Scope.ORDER_ID, self.order_id
        name = _PARAMETER.get(self.fault)
        number = None if name is None else getattr(self, name)
        return Fault(scope, target, self.fault, self.times, self.operation, number)
