"""Money as an order sees it: what came and went back, and what a person must look at."""

from __future__ import annotations

from dataclasses import dataclass

from domain.money import Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money of one attempt: what came, and what went back of it."""

    payment_key: str
    amount: Money
    refunded: Money

    @property
    def kept(self) -> Money:
        """What we still hold of it."""
        return self.amount - self.refunded


@dataclass(frozen=True, slots=True)
class Review:
    """An attempt whose facts contradict the order. `amount` is what the provider claims to have taken.

    `reason` is a slug of `domain.payment.outcome.ReviewReason`, a string because events outlive releases.
    `settled` says that the money found its place in the order's sums after all.
    """

    payment_key: str
    reason: str
    amount: Money
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Money that the provider vouches for; `asked` is what was asked to be taken of it, None before that."""

    payment_key: str
    amount: Money
    asked: Money | None = None
