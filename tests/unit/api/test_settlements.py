"""Terms, settlements, statements and reconciliations over HTTP: what is asked, seen, refused."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from api.settlements import statement_csv
from domain.money import Money
from domain.payment.facts import FactKind
from domain.ports.payments import ReportLine
from domain.settlement.case import HoldReason
from domain.settlement.parties import CHANNEL, merchant
from domain.settlement.statement import Account
from domain.settlement.terms import Cycle, MerchantTerms
from tests.support.api_world import ApiWorld, api_world
from tests.support.builders import NOON
from tests.support.problems import is_problem
from tests.support.settlements import a_movement, a_stretch, settled

DAY = timedelta(days=1)
KEYS = "finance:money,merchant@tea:tea,merchant@cup:cup,merchant:agency,operator:boss,caller:shop"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def stated(world: ApiWorld, at=NOON - 3 * DAY) -> str:
    """The id of tea's statement over one sale and one refund."""
    movements = (a_movement(at=at), a_movement(key="ref_1", amount=-4_000, at=at))
    await world.settlements.record(a_stretch(0, settled(*movements)))
    (name,) = await world.settlements.draw(Account(merchant("tea"), "CNY"), Cycle.NEXT_DAY, NOON)
    return name


async def test_terms_that_are_agreed_on_are_read_again(world: ApiWorld):
    path = "/v1/merchants/tea/terms"
    body = {"commission": 750, "delivers": False, "cycle": "monthly"}

    assert (await world.http.get(path)).json() == {"commission": 500, "delivers": True, "cycle": "T+7"}
    assert (await world.http.put(path, json=body)).status_code == 204

    assert (await world.http.get(path)).json() == body
    known = await world.settlements.terms(["tea"])
    assert known == {"tea": MerchantTerms("tea", 750, delivers=False, cycle=Cycle.MONTHLY)}


@pytest.mark.parametrize(
    "body",
    [
        {"commission": -1},
        {"commission": 10_001},
        {"commission": 5, "cycle": "T+2"},
        {},
        {"commission": 5, "rate": 1},
    ],
)
async def test_terms_that_cannot_be_are_refused_and_nothing_is_written(world: ApiWorld, body):
    is_problem(await world.http.put("/v1/merchants/tea/terms", json=body), 422, "invalid_request")

    assert await world.settlements.terms(["tea"]) == {}


async def test_a_statement_shows_every_entry_and_their_sums(world: ApiWorld):
    name = await stated(world)

    shown = (await world.http.get(f"/v1/statements/{name}")).json()

    assert (shown["party"], shown["number"], shown["order_count"]) == ("merchant:tea", 1, 1)
    assert [(entry["kind"], entry["amount"]) for entry in shown["entries"]] == [
        ("sale", 9_500),
        ("refund", -3_800),
    ]
    assert shown["sums"]["amount"] == 5_700
    assert shown["links"]["csv"] == f"/v1/statements/{name}.csv"


async def test_a_statement_is_a_table_for_spreadsheets(world: ApiWorld):
    name = await stated(world)

    answer = await world.http.get(f"/v1/statements/{name}.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert name in answer.headers["content-disposition"]
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["amount"] for row in rows] == ["9500", "-3800", "5700"]
    assert (rows[0]["order_id"], rows[0]["goods"], rows[0]["commission"]) == ("ord_1", "10000", "-500")
    assert rows[-1]["kind"] == "total"


async def test_no_cell_of_the_table_is_taken_for_a_formula(world: ApiWorld):
    movement = a_movement("=cmd|' /C calc'!A0", who="+tea")
    await world.settlements.record(a_stretch(0, settled(movement, order=movement.order_id, who="+tea")))
    account = Account(merchant("+tea"), "CNY")
    (name,) = await world.settlements.draw(account, Cycle.NEXT_DAY, movement.occurred_at + DAY)
    made = await world.settlements.get(name)

    assert made is not None
    assert all(
        row[0].startswith(("'", "merchant:", "order_id")) for row in csv.reader(StringIO(statement_csv(made)))
    )


async def test_what_the_next_statement_will_have_can_be_seen_before(world: ApiWorld):
    await world.settlements.record(a_stretch(0, settled(a_movement())))

    answer = await world.http.get("/v1/statements/open?party=merchant:tea&currency=CNY")

    assert (answer.json()["sums"]["amount"], len(answer.json()["entries"])) == (9_500, 1)


async def test_an_orders_settlement_shows_what_everybody_gets(world: ApiWorld):
    await world.settlements.record(a_stretch(0, settled(a_movement(), hold=HoldReason.CHARGED_BACK)))

    shown = (await world.http.get("/v1/settlements/ord_1")).json()

    (movement,) = shown["movements"]
    assert shown["hold"] == "charged_back"
    assert movement["buyer"] == {"amount": 10_000, "currency": "CNY"}
    assert sum(share["amount"] for share in movement["shares"]) == 10_000
    is_problem(await world.http.get("/v1/settlements/ord_2"), 404, "settlement_not_found")


@pytest.mark.parametrize("path", ["/v1/statements/stm_1", "/v1/statements/stm_1.csv"])
async def test_a_statement_that_nobody_drew_is_not_found(world: ApiWorld, path):
    is_problem(await world.http.get(path), 404, "statement_not_found")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("party=bank", "invalid_value"),
        ("party=merchant:", "invalid_value"),
        ("limit=0", "invalid_request"),
        ("limit=101", "invalid_request"),
        ("cursor=x", "invalid_request"),
        ("page=2", "invalid_request"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(world: ApiWorld, query, code):
    is_problem(await world.http.get(f"/v1/statements?{query}"), 422, code)


async def test_the_pages_of_a_list_come_one_after_the_other(world: ApiWorld):
    for day in range(3):
        at = NOON + day * DAY
        movement = a_movement(f"ord_{day}", at=at)
        await world.settlements.record(a_stretch(day * 10, settled(movement, order=f"ord_{day}")))
        await world.settlements.draw(Account(merchant("tea"), "CNY"), Cycle.NEXT_DAY, at + DAY)

    first = (await world.http.get("/v1/statements?limit=2")).json()
    rest = (await world.http.get(f"/v1/statements?limit=2&cursor={first['cursor']}")).json()

    assert [each["number"] for each in (*first["items"], *rest["items"])] == [3, 2, 1]
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_a_merchant_sees_its_own_statements_and_nobody_elses():
    async with api_world(ApiWorld(api_keys=KEYS)) as world:
        name = await stated(world)
        get = world.http.get

        own = await get("/v1/statements", headers=bearer("tea"))
        assert [each["id"] for each in own.json()["items"]] == [name]
        assert (await get(f"/v1/statements/{name}", headers=bearer("tea"))).status_code == 200
        assert (await get("/v1/statements", headers=bearer("cup"))).json()["items"] == []
        for path in (f"/v1/statements/{name}", f"/v1/statements/{name}.csv"):
            is_problem(await get(path, headers=bearer("cup")), 404, "statement_not_found")
        for path in ("/v1/statements?party=merchant:tea", "/v1/merchants/tea/terms"):
            is_problem(await get(path, headers=bearer("cup")), 404, "merchant_not_found")
        open_ = "/v1/statements/open?currency=CNY&party="
        is_problem(await get(f"{open_}merchant:tea", headers=bearer("cup")), 404, "merchant_not_found")
        is_problem(await get(f"{open_}platform", headers=bearer("tea")), 403, "wrong_scope")


async def test_what_platform_and_channel_get_is_for_finance_only():
    async with api_world(ApiWorld(api_keys=KEYS)) as world:
        await stated(world)
        get = world.http.get

        assert len((await get("/v1/statements", headers=bearer("money"))).json()["items"]) == 1
        for key in ("agency", "tea"):
            answer = await get(f"/v1/statements?party={CHANNEL.name}", headers=bearer(key))
            is_problem(answer, 403, "wrong_scope")
        is_problem(await get("/v1/statements", headers=bearer("agency")), 403, "wrong_scope")
        is_problem(await get("/v1/statements", headers=bearer("shop")), 403, "wrong_scope")
        for path in ("/v1/settlements/ord_1", "/v1/reconciliations"):
            is_problem(await get(path, headers=bearer("tea")), 403, "wrong_scope")


# Reconciliations.


def window(world: ApiWorld, **changes: Any) -> dict[str, Any]:
    now = world.clock.now()
    return {
        "since": (now - DAY).isoformat(),
        "until": now.isoformat(),
        "provider": world.gateway.provider,
        **changes,
    }


def an_extra_line(key: str = "pay_nobody", amount: int = 700) -> ReportLine:
    return ReportLine("sandbox", key, FactKind.CAPTURED, Money(amount, "CNY"), NOON - timedelta(hours=1))


async def post(world: ApiWorld, path: str, body: Any, key: str = "k1"):
    return await world.http.post(path, json=body, headers={"Idempotency-Key": key})


async def test_a_reconciliation_lists_what_differs_and_can_be_read_again(world: ApiWorld):
    world.gateway.extra_lines.append(an_extra_line())

    answer = await post(world, "/v1/reconciliations", window(world))

    assert answer.status_code == 201
    run = answer.json()
    (found,) = run["differences"]
    assert (found["fault"], found["payment_key"], found["status"]) == ("missing_here", "pay_nobody", "open")
    assert (found["ours"], found["theirs"]["amount"]["amount"]) == (None, 700)
    assert (run["lines_here"], run["lines_there"]) == (0, 1)
    assert (await world.http.get(run["links"]["self"])).json() == run
    listed = (await world.http.get("/v1/reconciliations")).json()["items"]
    assert [each["id"] for each in listed] == [run["id"]]


async def test_a_difference_is_parked_with_a_note_once(world: ApiWorld):
    world.gateway.extra_lines.append(an_extra_line())
    run = (await post(world, "/v1/reconciliations", window(world))).json()
    park, repair = (run["differences"][0]["links"][act] for act in ("park", "repair"))

    parked = await post(world, park, {"note": "of another shop"}, "k2")

    assert parked.json()["status"] == "parked"
    assert (parked.json()["note"], parked.json()["decided_by"]) == ("of another shop", "local")
    assert parked.json()["links"] == {}
    is_problem(await post(world, repair, {}, "k3"), 409, "difference_closed")
    again = (await post(world, "/v1/reconciliations", window(world), "k4")).json()
    assert [each["status"] for each in again["differences"]] == ["parked"]


async def test_a_payment_of_no_order_cannot_be_repaired(world: ApiWorld):
    world.gateway.extra_lines.append(an_extra_line())
    run = (await post(world, "/v1/reconciliations", window(world))).json()

    answer = await post(world, run["differences"][0]["links"]["repair"], {}, "k2")

    is_problem(answer, 409, "nothing_to_repair")
    assert answer.json()["reason"] == "no_order_of_this_payment"
    assert (await world.http.get(run["links"]["self"])).json() == run


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "invalid_value"),
        ({"until": "2199-01-01T00:00:00Z"}, "invalid_value"),
        ({"since": "2001-01-01T00:00:00Z"}, "invalid_value"),
        ({"since": "yesterday"}, "invalid_request"),
        ({"since": "2026-01-01T00:00:00"}, "invalid_request"),
        ({"window": 1}, "invalid_request"),
    ],
)
async def test_a_window_that_cannot_be_is_refused_and_nothing_is_run(world: ApiWorld, changes, code):
    is_problem(await post(world, "/v1/reconciliations", window(world, **changes)), 422, code)

    assert await world.reconciliations.runs() == ()


async def test_nobody_is_asked_who_is_not_connected(world: ApiWorld):
    answer = await post(world, "/v1/reconciliations", window(world, provider="bank"))

    is_problem(answer, 404, "unknown_provider")


async def test_the_same_reconciliation_sent_twice_is_one_run(world: ApiWorld):
    first = await post(world, "/v1/reconciliations", body := window(world))
    again = await post(world, "/v1/reconciliations", body)

    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert len(await world.reconciliations.runs()) == 1
    is_problem(await world.http.post("/v1/reconciliations", json=body), 400, "idempotency_key_missing")


async def test_runs_and_differences_that_nobody_found_are_not_there(world: ApiWorld):
    run = (await post(world, "/v1/reconciliations", window(world))).json()

    is_problem(await world.http.get("/v1/reconciliations/rec_1"), 404, "reconciliation_not_found")
    park = "/v1/reconciliations/{}/differences/dif_1/park"
    is_problem(await post(world, park.format("rec_1"), {"note": "x"}, "a"), 404, "reconciliation_not_found")
    is_problem(await post(world, park.format(run["id"]), {"note": "x"}, "b"), 404, "difference_not_found")
    is_problem(await post(world, park.format(run["id"]), {"note": " "}, "c"), 422, "invalid_request")
