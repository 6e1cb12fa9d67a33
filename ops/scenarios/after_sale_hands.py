"""The hands that ask for money back and decide about it, and those that fill shelves. No rules."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from ops.scenarios.answers import expect, once

View = Mapping[str, Any]
_MERCHANT = {"orderkeep-actor": "demo-merchant"}


class AfterSaleHands:
    """Works on the client that it is given."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        """Take the client of the API; it is closed by its owner."""
        self._api = api

    async def accept(self, order_id: str) -> View:
        """A merchant will do its services of the order."""
        return await self._post(f"/v1/orders/{order_id}/accept", {"accepted": True}, _MERCHANT)

    async def ask_to_return(self, order_id: str, units: Sequence[tuple[int, int]]) -> View:
        """The buyer does not want to keep so many units of those lines."""
        body = {"lines": _lines(units), "reason": "changed_mind"}
        return await self._post(f"/v1/orders/{order_id}/returns", body, {}, HTTPStatus.CREATED)

    async def approve(self, order_id: str, return_id: str) -> View:
        """The merchant agrees, and waits for the goods."""
        body = {"approved": True, "goods_back": True, "comment": "within the window"}
        return await self._post(f"/v1/orders/{order_id}/returns/{return_id}/decision", body, _MERCHANT)

    async def receive(self, order_id: str, return_id: str, units: Sequence[tuple[int, int]]) -> View:
        """The goods are back, as good as new."""
        body = {"lines": _lines(units), "restock": True}
        return await self._post(f"/v1/orders/{order_id}/returns/{return_id}/receipt", body, _MERCHANT)

    async def stock(self, warehouse: str, sku: str, units: int) -> None:
        """Put so many units on a shelf."""
        path = f"/v1/warehouses/{warehouse}/stock/{sku}"
        answer = await self._api.put(path, json={"on_shelf": units}, headers=_MERCHANT)
        expect(answer, HTTPStatus.OK if answer.content else HTTPStatus.NO_CONTENT)

    async def available(self, sku: str) -> int:
        """How many units anybody could buy now."""
        return int(expect(await self._api.get(f"/v1/stock/{sku}"), HTTPStatus.OK)["available"])

    async def agree_on(self, merchant: str, commission: int) -> None:
        """A commission in basis points; the merchant delivers itself and is told daily."""
        body = {"commission": commission, "delivers": True, "cycle": "T+1"}
        answer = await self._api.put(f"/v1/merchants/{merchant}/terms", json=body)
        expect(answer, HTTPStatus.OK if answer.content else HTTPStatus.NO_CONTENT)

    async def settlement(self, order_id: str) -> View | None:
        """How the order's money is divided, or None while it is not."""
        answer = await self._api.get(f"/v1/settlements/{order_id}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        view: View = expect(answer, HTTPStatus.OK)
        return view

    async def open_statement(self, party: str, currency: str) -> View:
        """What the next statement of a party will have."""
        query = {"party": party, "currency": currency}
        view: View = expect(await self._api.get("/v1/statements/open", params=query), HTTPStatus.OK)
        return view

    async def _post(
        self, path: str, body: View, actor: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK
    ) -> View:
        answer = await self._api.post(path, json=body, headers={**once(), **actor})
        view: View = expect(answer, status)
        return view


def _lines(units: Sequence[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"line": line, "quantity": quantity} for line, quantity in units]
