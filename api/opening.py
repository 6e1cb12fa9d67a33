"""Opens what is sealed in an answer, right before it is sent. Until then answers hold seals, also kept ones.

Views mark a seal by an object of its own, which no caller can write into an answer: a caller's text is never
taken for a seal, so nobody has somebody else's seal opened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.address import Address
from domain.ports.personal_data import PersonalData

_SEALED: Final = "$sealed"
MARK: Final = b'"$sealed":'
"""Stands in every JSON body that has something to open."""

_KEEP: Final = "orderkeep.keep_sealed"
_NAMES: Final = ("street", "city", "zip_code")


def address_view(address: Address | None) -> dict[str, object] | None:
    """A postal address; one behind a seal is opened when the answer is sent."""
    if address is None:
        return None
    if address.sealed:
        return {_SEALED: address.sealed, "country": address.country}
    return _shown(address)


def words_view(text: str) -> dict[str, object]:
    """Words that may be behind a seal, which is opened when the answer is sent; null when they are erased."""
    return {_SEALED: text}


def event_data_view(data: Mapping[str, object]) -> Mapping[str, object]:
    """What an order's event says. Its address, and what somebody wrote in their own words, are sealed."""
    address, comment = data.get("address"), data.get("comment")
    shown = dict(data)
    if isinstance(address, dict) and address.get("sealed"):
        shown["address"] = {_SEALED: address["sealed"], "country": address["country"]}
    if isinstance(comment, str) and comment:
        shown["comment"] = words_view(comment)
    return shown


def keeps_sealed(scope: Mapping[str, Any]) -> bool:
    """Whether the answer to this request leaves us by a way on which personal data must not travel."""
    return bool(scope.get(_KEEP))


def keeping_sealed(app: ASGIApp) -> ASGIApp:
    """The same application for requests whose answers are kept by others, such as replies by message.

    What is sealed is left out of them.
    """

    async def sealed(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, _KEEP: True}, receive, send)

    return sealed


class Opening:
    """Opens answers, over whoever has the keys."""

    def __init__(self, personal: PersonalData) -> None:
        self._personal = personal

    async def answer(self, body: bytes, *, keep_sealed: bool = False) -> bytes:
        """The JSON document with everything opened that can be; erased or kept words are null in it."""
        return to_json(await self.document(json.loads(body), keep_sealed=keep_sealed))

    async def document(self, found: Any, *, keep_sealed: bool = False) -> Any:
        """The same for a document that is not text yet."""
        if isinstance(found, list):
            return [await self.document(part, keep_sealed=keep_sealed) for part in found]
        if not isinstance(found, Mapping):
            return found
        if _SEALED in found:
            return await self._opened(found, keep_sealed)
        return {name: await self.document(part, keep_sealed=keep_sealed) for name, part in found.items()}

    async def _opened(self, marked: Mapping[str, Any], keep_sealed: bool) -> object:  # noqa: FBT001 - private
        seal: str = marked[_SEALED]
        if "country" not in marked:
            return None if keep_sealed else await self._personal.open_text(seal)
        country: str = marked["country"]
        if keep_sealed:
            return _without_place(country, erased=False)
        address = await self._personal.open_address(Address.behind(seal, country))
        return _without_place(country, erased=True) if address is None else _shown(address)


def _shown(address: Address) -> dict[str, object]:
    place = {name: getattr(address, name) for name in _NAMES}
    return {**place, "country": address.country, "erased": False}


def _without_place(country: str, *, erased: bool) -> dict[str, object]:
    return {**dict.fromkeys(_NAMES), "country": country, "erased": erased}
