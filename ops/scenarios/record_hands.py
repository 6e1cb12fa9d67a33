"""Hands on what is on record: how an order was, who did what, and what of a buyer may be forgotten."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx

from ops.scenarios.answers import expect

View = dict[str, Any]


class RecordHands:
    """The calls of operations people about the past. Checks no business rule."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self._api = api

    async def as_it_was(self, order_id: str, **when: Any) -> View:
        """The order at a ``version``, or as it was known ``at`` a time."""
        view: View = expect(await self._api.get(f"/v1/orders/{order_id}", params=when), HTTPStatus.OK)
        return view

    async def audit(self, subject: str, subject_id: str) -> Sequence[View]:
        """Who did what to it, when and why, oldest first."""
        answer = await self._api.get(f"/v1/audit/{subject}/{subject_id}")
        entries: Sequence[View] = expect(answer, HTTPStatus.OK)["items"]
        return entries

    async def forget(self, buyer_id: str) -> httpx.Response:
        """Erase what is personal about a buyer; the answer as it is."""
        return await self._api.delete(f"/v1/buyers/{buyer_id}/personal-data")
