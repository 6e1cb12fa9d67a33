"""The one error family of the business. A slug and the facts; wording belongs to the edges."""

from __future__ import annotations


class DomainError(Exception):
    """A broken business rule.

    `code` is a stable slug that edges map to their own answers; `facts` are the values concerned,
    free of personal data.
    """

    code: str = "domain_error"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        shown = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{self.code}({shown})")


class InvalidStateTransitionError(DomainError):
    """The state machine has no arrow between these two states (requirements A2, A21)."""

    code = "invalid_state_transition"


class CurrencyMismatchError(DomainError):
    """Two currencies met in one sum."""

    code = "currency_mismatch"


class AmountOutOfRangeError(DomainError):
    """An amount left the range of a signed 64-bit integer of minor units."""

    code = "amount_out_of_range"


class InvalidCurrencyError(DomainError):
    """Not an ISO 4217 shaped code: three capital letters."""

    code = "invalid_currency"


class NegativePriceError(DomainError):
    """A price below zero (requirement B14)."""

    code = "price_cannot_be_negative"


class InvalidValueError(DomainError):
    """A value object refused its arguments; `field` and `rule` say which and why."""

    code = "invalid_value"
