"""Which orders a caller may see and decide on, and at which version: checked before anything is told."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256

from starlette.requests import Request

from api.access import MerchantNotFoundError, merchant_of
from api.dependencies import services_of
from api.order.reading import FoundOrder, PendingOrder
from api.order.telling import OrderNotStartedError
from api.preconditions import seen_version
from domain.order.errors import OrderChangedError
from domain.order.order import Order
from domain.ports.order_context import UnknownOrderError
from workflows.client import OrderAlreadyEndedError


async def see(request: Request, order_id: str) -> FoundOrder | PendingOrder:
    """The order, if the caller may see it: a merchant's key sees those with its lines.

    Raises `UnknownOrderError`.
    """
    found = await services_of(request).orders.find(order_id)
    own = merchant_of(request)
    if own is not None and own not in _merchants_of(found):
        raise UnknownOrderError
    return found


async def see_started(request: Request, order_id: str) -> Order:
    """The same for what only an order with events has. Raises `OrderNotStartedError` too, and
    `OrderAlreadyEndedError` for one that was refused before it began.
    """
    found = await see(request, order_id)
    if isinstance(found, FoundOrder):
        return found.order
    if found.is_over:
        raise OrderAlreadyEndedError(order_id=order_id)
    raise OrderNotStartedError


async def decide(request: Request, order_id: str, lines: Iterable[int] | None = None) -> Order:
    """The order, if the caller may decide on these `lines` of it, or on all of them.

    Raises as `see_started` does, and `MerchantNotFoundError` when another merchant's lines are among them.
    """
    order = await see_started(request, order_id)
    must_sell(request, order, lines)
    return order


async def may_decide(request: Request, order_id: str) -> None:
    """Raise unless the caller may decide on the whole order, at the version that it has seen.

    Reads nothing for a caller who may decide on anything and names no version: the order knows its rules.
    """
    if merchant_of(request) is not None or seen_version(request) is not None:
        must_match(request, await decide(request, order_id))


def must_sell(request: Request, order: Order, lines: Iterable[int] | None = None) -> None:
    """Raise `MerchantNotFoundError` unless all these lines, or all of the order's, are the caller's own.

    Lines that the order does not have are nobody's, and left to the order's rules.
    """
    own = merchant_of(request)
    if own is None:
        return
    asked = None if lines is None else set(lines)
    sellers = {line.merchant_id for line in order.lines if asked is None or line.line in asked}
    if sellers - {own}:
        raise MerchantNotFoundError


def must_match(request: Request, order: Order) -> None:
    """Raise `OrderChangedError` when If-Match names another version than the order has."""
    seen = seen_version(request)
    if seen is not None and seen != order.version:
        raise OrderChangedError(version=order.version)


def made_id(request: Request, prefix: str, key: str) -> str:
    """The id of what this request makes under its idempotency key: the same for its repeats."""
    named = f"{request.scope['caller']} {request.method} {request.scope['path']} {key}"
    return f"{prefix}_{urlsafe_b64encode(sha256(named.encode()).digest()[:16]).decode().rstrip('=')}"


def _merchants_of(found: FoundOrder | PendingOrder) -> tuple[str, ...]:
    return found.order.merchants if isinstance(found, FoundOrder) else found.entry.merchants
