"""The stable keys of an order's money: made once, stored before anybody outside is asked."""

from __future__ import annotations


def payment_key(order_id: str, attempt: int) -> str:
    """The stable key of an attempt, counted from 1."""
    return f"pay_{order_id}_{attempt}"


def refund_key(payment_key: str, cause: str = "") -> str:
    """The stable key of giving an attempt's money back: one for the whole, one for each `cause`."""
    return f"ref_{payment_key}_{cause}" if cause else f"ref_{payment_key}"


def rest_key(refund_key: str) -> str:
    """The stable key of what a provider did not give back although that refund asked for it."""
    return f"{refund_key}_rest"
