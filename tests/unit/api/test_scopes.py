"""What each kind of key may do, and that a merchant's key reaches nothing of another merchant."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
import pytest

from tests.support.api_world import ADDRESS, ApiWorld, an_item, api_world
from tests.support.problems import is_problem
from tests.unit.api.proposing import PATH, mug_at, on_holiday

KEYS = (
    "everything,caller:shop-front,merchant@shop-7:tea,merchant@shop-8:books,merchant:agency,"
    "operator:boss,operator:deputy,finance:books-of-account,ops:pager"
)
_numbers = count(1)
QUOTE = {"scene": "checkout", "currency": "CNY", "lines": [{"sku": "mug", "quantity": 1}]}
EVERYBODY = {"everything", "shop-front", "tea", "agency", "boss", "books-of-account", "pager"}
MERCHANTS = {"tea", "agency", "boss"}
READERS = {"shop-front", *MERCHANTS, "books-of-account"}
MAY: dict[str, tuple[str, str, Any, set[str]]] = {
    "quote": ("POST", "/v1/quotes", QUOTE, {"shop-front"}),
    "read a quote": ("GET", "/v1/quotes/snap_1", None, {"shop-front", "books-of-account"}),
    "list orders": ("GET", "/v1/orders", None, READERS),
    "read an order": ("GET", "/v1/orders/ord_1", None, READERS),
    "agree on terms": ("PUT", "/v1/merchants/shop-7/terms", {"commission": 5}, {"boss", "books-of-account"}),
    "read terms": ("GET", "/v1/merchants/shop-7/terms", None, MERCHANTS | {"books-of-account"}),
    "read a settlement": ("GET", "/v1/settlements/ord_1", None, {"boss", "books-of-account"}),
    "read a statement": (
        "GET",
        "/v1/statements/stm_1",
        None,
        MERCHANTS - {"boss"} | {"books-of-account"},
    ),
    "reconcile": ("POST", "/v1/reconciliations", {}, {"boss", "books-of-account"}),
    "park a difference": (
        "POST",
        "/v1/reconciliations/rec_1/differences/dif_1/park",
        {"note": "theirs"},
        {"boss", "books-of-account"},
    ),
    "list events": ("GET", "/v1/orders/ord_1/events", None, READERS),
    "follow events": ("GET", "/v1/orders/ord_1/events/stream", None, READERS - {"books-of-account"}),
    "send elsewhere": ("PUT", "/v1/orders/ord_1/address", ADDRESS, {"shop-front", "boss"}),
    "accept a service": ("POST", "/v1/orders/ord_1/accept", {"accepted": True}, MERCHANTS),
    "ask for a return": (
        "POST",
        "/v1/orders/ord_1/returns",
        {"lines": [{"line": 1, "quantity": 1}], "reason": "damaged"},
        {"shop-front", "boss"},
    ),
    "list returns": ("GET", "/v1/orders/ord_1/returns", None, READERS),
    "read a return": ("GET", "/v1/orders/ord_1/returns/ret_1", None, READERS),
    "decide a return": ("POST", "/v1/orders/ord_1/returns/ret_1/decision", {"approved": True}, MERCHANTS),
    "receive a return": (
        "POST",
        "/v1/orders/ord_1/returns/ret_1/receipt",
        {"lines": [{"line": 1, "quantity": 1}]},
        MERCHANTS,
    ),
    "link an exchange": (
        "POST",
        "/v1/orders/ord_1/returns/ret_1/exchange",
        {"order_id": "ord_2"},
        {"shop-front", "boss"},
    ),
    "refund": ("POST", "/v1/orders/ord_1/refunds", {}, {"shop-front", *MERCHANTS}),
    "list refunds": ("GET", "/v1/orders/ord_1/refunds", None, READERS),
    "settle a review": (
        "POST",
        "/v1/orders/ord_1/payment-review",
        {"payment_key": "pay_1", "decision": "dismiss"},
        {"boss", "books-of-account"},
    ),
    "write a note": ("POST", "/v1/orders/ord_1/notes", {"text": "ring"}, READERS - {"books-of-account"}),
    "read notes": ("GET", "/v1/orders/ord_1/notes", None, READERS - {"books-of-account"}),
    "list entitlements": ("GET", "/v1/orders/ord_1/entitlements", None, {"shop-front", "boss"}),
    "cancel an order": ("POST", "/v1/orders/ord_1/cancel", {"reason": "buyer"}, {"shop-front"}),
    "put items": ("PUT", "/v1/catalogue/items", {"items": [an_item()]}, {"tea", "agency", "boss"}),
    "set a fee": (
        "PUT",
        "/v1/catalogue/merchants/shop-7/delivery-fee",
        {"fee": {"amount": 1, "currency": "CNY"}},
        {"tea", "agency", "boss"},
    ),
    "report a shipment": (
        "POST",
        "/v1/shipments/shp_1/events",
        {"event_id": "e", "kind": "delivered", "occurred_at": "2026-01-01T00:00:00Z"},
        {"shop-front", *MERCHANTS},
    ),
    "read sums": ("GET", "/v1/sales", None, {"tea", "agency", "boss", "books-of-account"}),
    "read alerts": ("GET", "/v1/alerts", None, {"boss", "pager"}),
    "propose": ("POST", PATH, {**mug_at(800), "merchant_id": "shop-7"}, {"tea", "agency", "boss"}),
    "list proposals": ("GET", PATH, None, {"tea", "agency", "boss"}),
    "read a proposal": ("GET", f"{PATH}/prp_1", None, {"tea", "agency", "boss"}),
    "submit": ("POST", f"{PATH}/prp_1/submit", {}, {"tea", "agency", "boss"}),
    "approve": ("POST", f"{PATH}/prp_1/approve", {}, {"boss"}),
    "reject": ("POST", f"{PATH}/prp_1/reject", {"reason": "no"}, {"boss"}),
    "activate": ("POST", f"{PATH}/prp_1/activate", {}, {"boss"}),
}


@pytest.fixture
async def keyed() -> AsyncIterator[ApiWorld]:
    async with api_world(ApiWorld(api_keys=KEYS)) as world:
        yield world


async def sends(
    world: ApiWorld, who: str, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    named = {"Authorization": f"Bearer {who}", "Idempotency-Key": f"key-{next(_numbers)}", **headers}
    sent: dict[str, Any] = {} if method == "GET" else {"json": body}
    return await world.http.request(method, path, headers=named, **sent)


async def draft_of(world: ApiWorld, who: str = "tea", **changes: Any) -> str:
    """The path of a new draft of shop-7."""
    answer = await sends(world, who, "POST", PATH, {"merchant_id": "shop-7", **mug_at(800), **changes})
    assert answer.status_code == 201, answer.text
    path: str = answer.headers["location"]
    return path


@pytest.mark.parametrize("call", MAY)
async def test_a_call_takes_only_the_keys_that_are_for_it(keyed: ApiWorld, call):
    method, path, body, allowed = MAY[call]

    for key in EVERYBODY:
        answer = await sends(keyed, key, method, path, body)
        if key in allowed | {"everything"}:
            assert answer.status_code not in {401, 403}, (key, answer.text)
        else:
            assert is_problem(answer, 403, "wrong_scope")["needed"], key


async def test_no_call_is_open_to_every_key(keyed: ApiWorld):
    """Also those that are added later: each must say whom it is for."""
    paths = keyed.http._transport.app.openapi()["paths"]  # type: ignore[attr-defined]
    calls = [(m.upper(), path) for path, methods in paths.items() if path.startswith("/v1/") for m in methods]
    refused = set()
    for method, path in calls:
        for key in ("pager", "books-of-account", "shop-front"):
            answer = await sends(keyed, key, method, re.sub(r"{\w+}", "x", path), {})
            if answer.status_code == 403:
                refused.add((method, path))

    assert set(calls) - refused == {
        ("POST", "/v1/payment-callbacks/{provider}"),
        ("POST", "/v1/carrier-callbacks/{carrier}"),
    }
    assert len(calls) > 25


async def test_the_refusal_names_the_scopes_that_would_do(keyed: ApiWorld):
    answer = await sends(keyed, "pager", "GET", "/v1/sales")

    assert is_problem(answer, 403, "wrong_scope")["needed"] == ["finance", "merchant", "operator"]


async def test_the_credential_is_looked_at_before_the_body(keyed: ApiWorld):
    answer = await sends(keyed, "tea", "POST", "/v1/orders", {"scene": "nonsense"})

    is_problem(answer, 403, "wrong_scope")


async def test_a_merchants_key_puts_only_its_own_goods(keyed: ApiWorld):
    foreign = {"items": [an_item("book", merchant_id="shop-8")]}
    stolen = {"items": [an_item("mug", merchant_id="shop-8")]}

    is_problem(await sends(keyed, "tea", "PUT", "/v1/catalogue/items", foreign), 404, "merchant_not_found")
    is_problem(await sends(keyed, "books", "PUT", "/v1/catalogue/items", stolen), 404, "merchant_not_found")
    assert (await sends(keyed, "books", "PUT", "/v1/catalogue/items", foreign)).status_code == 204
    assert await keyed.catalogue.owners(["mug", "book"]) == {"mug": "shop-7", "book": "shop-8"}
    fee = {"fee": {"amount": 0, "currency": "CNY"}}
    path = "/v1/catalogue/merchants/shop-7/delivery-fee"
    is_problem(await sends(keyed, "books", "PUT", path, fee), 404, "merchant_not_found")


async def test_a_merchants_key_sees_only_its_own_sums(keyed: ApiWorld):
    answer = await sends(keyed, "books", "GET", "/v1/sales?merchant_id=shop-7")

    is_problem(answer, 404, "merchant_not_found")
    assert (await sends(keyed, "books", "GET", "/v1/sales")).status_code == 200


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("GET", "", None),
        ("GET", "/events", None),
        ("PUT", "", mug_at(1)),
        ("POST", "/submit", {}),
        ("POST", "/withdraw", {}),
    ],
)
async def test_another_merchants_proposal_is_not_there(keyed: ApiWorld, method, action, body):
    path = await draft_of(keyed)

    answer = await sends(keyed, "books", method, path + action, body, **{"If-Match": '"1"'})

    is_problem(answer, 404, "proposal_not_found")
    assert (await sends(keyed, "tea", "GET", path)).json()["version"] == 1


async def test_a_list_shows_a_merchant_its_own(keyed: ApiWorld):
    await draft_of(keyed)

    assert (await sends(keyed, "books", "GET", PATH)).json()["items"] == []
    for key in ("tea", "agency", "boss"):
        assert len((await sends(keyed, key, "GET", PATH)).json()["items"]) == 1
    is_problem(await sends(keyed, "books", "GET", f"{PATH}?merchant_id=shop-7"), 404, "merchant_not_found")


async def test_a_merchant_proposes_for_itself_and_for_what_it_sells(keyed: ApiWorld):
    as_another = {"merchant_id": "shop-7", **mug_at(800)}
    not_its_goods = {"merchant_id": "shop-8", **mug_at(800)}
    promotion = {"merchant_id": "shop-8", **on_holiday()}
    nothing = mug_at(800, item_price={"sku": "ghost", "prices": mug_at(1)["item_price"]["prices"]})

    is_problem(await sends(keyed, "books", "POST", PATH, as_another), 404, "merchant_not_found")
    for body in (not_its_goods, promotion, {"merchant_id": "shop-8", **nothing}):
        is_problem(await sends(keyed, "books", "POST", PATH, body), 404, "item_not_found")
    assert keyed.events._events == []


async def test_the_platforms_own_proposals_are_the_operators(keyed: ApiWorld):
    own = {"merchant_id": None, **on_holiday()}
    own["promotion"]["document"]["funder"] = "platform"

    is_problem(await sends(keyed, "agency", "POST", PATH, own), 403, "wrong_scope")
    made = await sends(keyed, "boss", "POST", PATH, own)
    path = made.headers["location"]
    is_problem(await sends(keyed, "agency", "POST", f"{path}/submit", {}), 403, "wrong_scope")
    is_problem(await sends(keyed, "tea", "GET", path), 404, "proposal_not_found")
    assert (await sends(keyed, "boss", "POST", f"{path}/submit", {})).status_code == 200
    is_problem(await sends(keyed, "boss", "POST", f"{path}/approve", {}), 403, "submitter_cannot_approve")
    assert (await sends(keyed, "deputy", "POST", f"{path}/approve", {})).status_code == 200


async def test_a_name_of_ones_own_does_not_make_another_pair_of_eyes(keyed: ApiWorld):
    path = await draft_of(keyed, "boss")
    await sends(keyed, "boss", "POST", f"{path}/submit", {})

    answer = await sends(keyed, "boss", "POST", f"{path}/approve", {}, **{"Orderkeep-Actor": "deputy"})

    is_problem(answer, 403, "submitter_cannot_approve")


async def test_the_audit_knows_a_merchant_by_its_name(keyed: ApiWorld):
    path = await draft_of(keyed)

    assert (await sends(keyed, "tea", "GET", path)).json()["authors"] == ["@shop-7"]
