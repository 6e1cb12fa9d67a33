"""Stripe's HTTP API over `stripe_books`, as a transport: the contract that the gateway is held to.

Written after https://docs.stripe.com/api: authentication, form bodies, idempotency, expansion, lists,
errors. It is no copy of Stripe and no server; what runs against an independent one is in `localstripe`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tests.support.fake_gateway import Operation, Trouble
from tests.support.stripe_books import Json, RefusedByStripeError, StripeBooks

API_KEY = "sk_test_contract"
_OPERATIONS = {
    Operation.REQUEST: ("POST", "/v1/payment_intents"),
    Operation.QUERY: ("GET", "/v1/payment_intents/"),
    Operation.CAPTURE: ("POST", "/capture"),
    Operation.CANCEL: ("POST", "/cancel"),
    Operation.REFUND: ("POST", "/v1/refunds"),
    Operation.REPORT: ("GET", "/v1/balance_transactions"),
}


class StripeContract(httpx.AsyncBaseTransport):
    """Answers as Stripe does, out of `books`. `trouble` scripts the next call of an operation.

    `next_statuses` are what the next calls get without being executed.
    """

    def __init__(self, books: StripeBooks | None = None) -> None:
        self.books = books or StripeBooks()
        self.requests: list[httpx.Request] = []
        self.next_statuses: list[int] = []
        self._trouble: list[tuple[Operation, Trouble]] = []
        self._replies: dict[str, tuple[tuple[str, bytes], httpx.Response]] = {}

    def trouble(self, operation: Operation, trouble: Trouble) -> None:
        """Let the next such call run into that trouble."""
        if trouble is Trouble.PENDING:
            self.books.next_refund_pends = True
        else:
            self._trouble.append((operation, trouble))

    def forget_idempotency_keys(self) -> None:
        """As Stripe does when they are a day old."""
        self._replies.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One call of the library."""
        await request.aread()
        self.requests.append(request)
        if self.next_statuses:
            return _error("api_error", "", self.next_statuses.pop(0))
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            return _error("invalid_request_error", "", 401)
        trouble = self._met(request)
        if trouble is Trouble.UNAVAILABLE:
            return _error("api_error", "", 503)
        if trouble is Trouble.REFUSED:
            return _error("invalid_request_error", "payment_intent_unexpected_state", 400)
        answer = self._once(request)
        if trouble is Trouble.EXECUTED_THEN_TIMEOUT:
            message = "no answer"
            raise httpx.ReadTimeout(message, request=request)
        return answer

    def _met(self, request: httpx.Request) -> Trouble | None:
        for index, (operation, trouble) in enumerate(self._trouble):
            method, path = _OPERATIONS[operation]
            known = request.url.path
            if request.method == method and (path in known if path.endswith("/") else known.endswith(path)):
                del self._trouble[index]
                return trouble
        return None

    def _once(self, request: httpx.Request) -> httpx.Response:
        key = request.headers.get("idempotency-key")
        if key is None or request.method != "POST":
            return self._answer(request)
        asked = (request.url.path, request.content)
        if key in self._replies:
            first, reply = self._replies[key]
            return reply if asked == first else _error("idempotency_error", "", 400)
        answer = self._answer(request)
        if _json(answer).get("error", {}).get("code") != "parameter_invalid_integer":
            self._replies[key] = (asked, answer)  # what fails validation is not kept
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        fields = _tree(parse_qsl(request.content.decode() or request.url.query.decode()))
        try:
            found = self._route(request.method, request.url.path.split("/")[2:], fields)
        except RefusedByStripeError as error:
            kind = "card_error" if error.status == 402 else "invalid_request_error"
            return _error(kind, error.code, error.status)
        expand = fields.get("expand", {}).values()
        return httpx.Response(200, json=self._expanded(deepcopy(found), [path.split(".") for path in expand]))

    def _route(self, method: str, path: list[str], fields: Json) -> Json:
        return self._told(path, fields) if method == "GET" else self._done(path, fields)

    def _done(self, path: list[str], fields: Json) -> Json:
        books = self.books
        match path:
            case ["payment_intents"]:
                assert fields["allowed_payment_method_types"] == {"0": "card"}
                amount, method = int(fields["amount"]), fields["capture_method"]
                return books.open(amount, fields["currency"], method, fields["metadata"])
            case ["payment_intents", found, "capture"]:
                return books.capture(self._intent(found), int(fields["amount_to_capture"]))
            case ["payment_intents", found, "cancel"]:
                return books.cancel(self._intent(found))
            case ["refunds"]:
                intent = self._intent(fields["payment_intent"])
                return books.refund(intent, int(fields["amount"]), fields["metadata"])
            case _:
                raise RefusedByStripeError("url_unknown", 404)

    def _told(self, path: list[str], fields: Json) -> Json:
        if len(path) == 2 and path[0] == "payment_intents":
            return self._intent(path[1])
        if path == ["refunds"]:
            self.books.looked_at_refunds()
        kinds = {"payment_intents", "refunds", "disputes", "balance_transactions"}
        if len(path) != 1 or path[0] not in kinds:
            raise RefusedByStripeError("url_unknown", 404)
        return _list(path[0], getattr(self.books, path[0]).values(), fields)

    def _intent(self, intent_id: str) -> Json:
        if intent_id not in self.books.payment_intents:
            raise RefusedByStripeError("resource_missing", 404)
        return self.books.payment_intents[intent_id]

    def _expanded(self, found: Json, paths: list[list[str]]) -> Json:
        for field, *rest in paths:
            if field == "data":
                found["data"] = [self._expanded(one, [rest]) for one in found["data"]]
            elif isinstance(found[field], str):
                found[field] = self._expanded(deepcopy(self._object(found[field])), [rest] if rest else [])
        return found

    def _object(self, object_id: str) -> Json:
        books = self.books
        kinds = [books.charges, books.refunds, books.disputes, books.balance_transactions]
        return next(kind[object_id] for kind in kinds if object_id in kind)


def _list(name: str, objects: Iterable[Json], fields: Json) -> Json:
    """A page, newest first, of what matches the filters."""
    bounds: dict[str, Callable[[int, int], bool]] = {
        "gte": int.__ge__,
        "lte": int.__le__,
        "gt": int.__gt__,
        "lt": int.__lt__,
    }
    found = [
        one
        for one in reversed(list(objects))
        if all(bounds[name](one["created"], int(value)) for name, value in fields.get("created", {}).items())
        and one.get("payment_intent") == fields.get("payment_intent", one.get("payment_intent"))
    ]
    if after := fields.get("starting_after"):
        found = found[[one["id"] for one in found].index(after) + 1 :]
    limit = int(fields.get("limit", 10))
    return {"object": "list", "url": f"/v1/{name}", "data": found[:limit], "has_more": len(found) > limit}


def _tree(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b]=c` as `{"a": {"b": "c"}}`."""
    found: Json = {}
    for name, value in pairs:
        first, *rest = name.replace("]", "").split("[")
        place = found
        for part in rest:
            place = place.setdefault(first, {})
            first = part
        place[first] = value
    return found


def _error(kind: str, code: str, status: int) -> httpx.Response:
    return httpx.Response(status, json={"error": {"type": kind, "code": code, "message": code}})


def _json(answer: httpx.Response) -> Any:
    return json.loads(answer.content)
