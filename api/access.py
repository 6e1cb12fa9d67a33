"""Who may call and what for: API keys as bearer tokens, each with its scopes, some bound to a merchant."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from domain.errors import DomainError

LOCAL_CALLER = "local"
ACTOR_HEADER = "orderkeep-actor"
_SCHEME = "bearer"
# No blanks: the name stands in keys of the request log and in the audit.
_ACTOR = re.compile(r"[\x21-\x7e]{1,100}")


class Scope(StrEnum):
    """What a key is for."""

    CALLER = "caller"
    MERCHANT = "merchant"
    OPERATOR = "operator"
    FINANCE = "finance"
    OPS = "ops"


# Whoever is bound to one merchant must not reach what belongs to all of them.
_MAY_BE_BOUND = frozenset({Scope.CALLER, Scope.MERCHANT})


class WrongScopeError(DomainError):
    """The key is good, but not for this call; `needed` names the scopes of which it takes one."""

    code = "wrong_scope"


class MerchantNotFoundError(DomainError):
    """Another merchant's affair; nobody learns from the answer whether it exists."""

    code = "merchant_not_found"


class InvalidKeyEntryError(ValueError):
    """An entry of ORDERKEEP_API_KEYS that is neither `KEY` nor `scope+scope[@merchant]:KEY`."""


@dataclass(frozen=True, slots=True)
class Access:
    """Whom a credential stands for. `caller` names it in the request log, `actor` in the audit.

    `merchant_id` binds a merchant's key to that merchant; None may act for any.
    """

    caller: str
    actor: str
    scopes: frozenset[Scope] = frozenset(Scope)
    merchant_id: str | None = None


class ApiKeys:
    """The accepted keys, kept as SHA-256 only. Without any key everybody may call, as in the local demo.

    An entry is `KEY`, which is good for everything, or `scope+scope[@merchant]:KEY`. Bearer tokens have no
    colon (RFC 6750), so a misspelt scope cannot pass for a part of a key. Raises `InvalidKeyEntryError`.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._known = tuple(_entry(entry) for entry in entries)

    @property
    def is_open(self) -> bool:
        """True when no key is needed."""
        return not self._known

    def access_of(self, authorization: str, actor: str = "") -> Access | None:
        """Whom an `Authorization` header stands for, or None when it may not call.

        All keys are compared, each in constant time, so that the answer's delay tells nothing. `actor` is a
        name of the caller's own choice; it counts only while the API is open.
        """
        if self.is_open:
            name = actor if _ACTOR.fullmatch(actor) else LOCAL_CALLER
            return Access(name, name)
        scheme, _, token = authorization.partition(" ")
        given = sha256(token.strip().encode()).digest()
        matches = [access for known, access in self._known if compare_digest(given, known)]
        return matches[0] if matches and scheme.lower() == _SCHEME else None


def require(request: Request, *any_of: Scope) -> None:
    """Raise `WrongScopeError` unless the caller has one of these scopes."""
    if not access_of(request).scopes.intersection(any_of):
        raise WrongScopeError(needed=sorted(any_of))


def needs(*any_of: Scope) -> Any:
    """The same as a dependency, for a route or a whole router."""

    async def check(request: Request) -> None:
        require(request, *any_of)

    checked: Callable[[Request], Awaitable[None]] = check
    return Depends(checked)


def access_of(request: Request) -> Access:
    """Whom the edge found this request to stand for."""
    access: Access = request.scope["access"]
    return access


def actor_of(request: Request) -> str:
    """Who acts, for the audit: a key's fingerprint, `@merchant`, or the local caller's own name."""
    return access_of(request).actor


def merchant_of(request: Request) -> str | None:
    """The merchant that the caller is bound to, None when it may act for any."""
    return access_of(request).merchant_id


def must_own(request: Request, *merchant_ids: str) -> None:
    """Raise `MerchantNotFoundError` when the caller is bound to another merchant than these."""
    own = merchant_of(request)
    if own is not None and any(merchant != own for merchant in merchant_ids):
        raise MerchantNotFoundError


def _entry(entry: str) -> tuple[bytes, Access]:
    stated, _, key = entry.rpartition(":")
    digest = sha256(key.encode()).digest()
    fingerprint = digest.hex()[:16]
    if ":" not in entry:
        return digest, Access(fingerprint, fingerprint)
    names, at, merchant = stated.partition("@")
    try:
        scopes = frozenset(Scope(name) for name in names.split("+"))
    except ValueError:
        # Without the entry itself: it holds a secret.
        raise InvalidKeyEntryError("ORDERKEEP_API_KEYS: unknown scope before a colon") from None
    if not key or (at and not merchant):
        raise InvalidKeyEntryError("ORDERKEEP_API_KEYS: an entry without key or merchant")
    if not at:
        return digest, Access(fingerprint, fingerprint, scopes)
    if not scopes <= _MAY_BE_BOUND:
        raise InvalidKeyEntryError("ORDERKEEP_API_KEYS: only caller and merchant can be bound to a merchant")
    return digest, Access(fingerprint, f"@{merchant}", scopes, merchant)
