"""Prices on their way through review over HTTP: the whole life, and every refusal on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from activities.proposal_desk import ProposalDesk
from activities.proposals import ProposalActivities
from domain.ports.catalogue import ChangeSubject
from tests.support.api_world import ApiWorld
from tests.support.problems import is_problem
from tests.unit.api.proposing import ann, approved, bob, mug_at, mug_price, on_holiday, proposed, submitted

DAY = timedelta(days=1)


def the_clock(world: ApiWorld) -> ProposalActivities:
    desk = ProposalDesk(world.proposals, world.catalogue)
    return ProposalActivities(world.proposals, desk, world.notices)


async def shown_price(world: ApiWorld) -> int:
    quote = await world.quote(lines=[{"sku": "mug", "quantity": 1}])
    amount: int = quote["lines"][0]["unit_price"]["amount"]
    return amount


async def test_a_price_goes_from_draft_to_expired(world: ApiWorld):
    made = await ann(world, "POST", "", mug_at(800))
    assert made.status_code == 201
    draft = made.json()
    path = draft["links"]["self"]
    assert made.headers["location"] == path
    assert made.headers["etag"] == '"1"'
    assert (draft["status"], draft["merchant_id"], draft["authors"]) == ("draft", "shop-7", ["ann"])
    assert draft["item_price"]["prices"] == [mug_price(800)]
    assert draft["promotion"] is None

    pending = await ann(world, "POST", f"{path}/submit")
    granted = await bob(world, "POST", f"{path}/approve", {"comment": "fine"})
    assert (pending.json()["status"], granted.json()["status"]) == ("pending_review", "approved")
    assert await shown_price(world) == 1_000
    world.clock.passes(DAY)
    assert await the_clock(world).advance_proposals(world.clock.now()) == 1
    assert (await shown_price(world), (await world.get(path)).json()["status"]) == (800, "active")
    world.clock.passes(DAY)
    assert await the_clock(world).advance_proposals(world.clock.now()) == 1
    ended = (await world.get(path)).json()
    assert (await shown_price(world), ended["status"], ended["version"]) == (1_000, "expired", 5)

    assert [(step["status"], step["by"], step["words"]) for step in ended["steps"]] == [
        ("draft", "ann", "for the holidays"),
        ("pending_review", "ann", ""),
        ("approved", "bob", "fine"),
        ("active", "system", ""),
        ("expired", "system", ""),
    ]
    events = (await world.get(f"{path}/events")).json()["items"]
    assert [event["type"] for event in events] == [
        f"Proposal{name}" for name in ("Drafted", "Submitted", "Approved", "Activated", "Expired")
    ]
    assert [event["metadata"]["actor"] for event in events] == ["ann", "ann", "bob", "system", "system"]


async def test_the_audit_names_who_approved_and_the_proposal(world: ApiWorld):
    proposal = await approved(world)

    await bob(world, "POST", f"{proposal['links']['self']}/activate")

    change = (await world.catalogue.changes(ChangeSubject.ITEM_PRICE, "mug", before=None, limit=1))[0]
    assert (change.who, change.why) == ("bob", proposal["id"])


async def test_an_approved_price_may_hold_from_now(world: ApiWorld):
    path = (await approved(world))["links"]["self"]

    answer = await bob(world, "POST", f"{path}/activate")

    assert (answer.json()["status"], answer.json()["starts_at"]) == ("active", "2026-01-05T12:00:00.000Z")
    assert await shown_price(world) == 800
    assert await the_clock(world).advance_proposals(world.clock.now() + DAY) == 0


async def test_a_promotion_with_quotas_takes_effect(world: ApiWorld):
    proposal = await approved(world, on_holiday(quotas={"mug": 5}))

    await bob(world, "POST", f"{proposal['links']['self']}/activate")

    promotion = await world.catalogue.promotion(proposal["promotion"]["id"])
    assert promotion is not None
    assert (promotion.merchant_id, promotion.kind, promotion.has_quota) == ("shop-7", "daily_price", True)
    assert promotion.starts_at == world.clock.now()
    assert proposal["promotion"]["quotas"] == {"mug": 5}
    assert proposal["promotion"]["document"]["terms"] == {"prices": {"mug": 700}}


async def test_what_a_promotion_says_can_be_sent_again(world: ApiWorld):
    draft = await proposed(world, on_holiday())
    shown = {name: draft["promotion"][name] for name in ("document", "quotas")}

    answer = await ann(world, "PUT", draft["links"]["self"], on_holiday(shown), **{"If-Match": '"1"'})

    assert answer.status_code == 200
    assert answer.json()["promotion"] == draft["promotion"]


async def test_a_draft_is_edited_at_the_version_that_was_seen(world: ApiWorld):
    path = (await proposed(world))["links"]["self"]

    edited = await ann(world, "PUT", path, mug_at(750), **{"If-Match": '"1"'})
    repeated = await ann(world, "PUT", path, mug_at(750), **{"If-Match": '"1"'})

    for answer in (edited, repeated):
        assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
        assert answer.json()["item_price"]["prices"] == [mug_price(750)]
    for stale in ('"1"', '"7"', '"x"', ""):
        refused = await ann(world, "PUT", path, mug_at(740), **{"If-Match": stale})
        is_problem(refused, 412, "proposal_changed")
    for unnamed in ({}, {"If-Match": "*"}):
        refused = await ann(world, "PUT", path, mug_at(740), **unnamed)
        is_problem(refused, 428, "precondition_required")


async def test_a_decision_on_another_version_is_not_taken(world: ApiWorld):
    path = (await submitted(world))["links"]["self"]

    stale = await bob(world, "POST", f"{path}/approve", **{"If-Match": '"1"'})
    seen = await bob(world, "POST", f"{path}/approve", **{"If-Match": '"2"'})

    is_problem(stale, 412, "proposal_changed")
    assert seen.json()["status"] == "approved"


async def test_who_wrote_or_submitted_cannot_approve(world: ApiWorld):
    path = (await proposed(world))["links"]["self"]
    await bob(world, "POST", f"{path}/submit")

    for who in (ann, bob):
        is_problem(await who(world, "POST", f"{path}/approve"), 403, "submitter_cannot_approve")
    assert (await world.get(path)).json()["status"] == "pending_review"


REFUSED: dict[str, tuple[tuple[str, ...], str, str]] = {
    "submit twice": (("submit",), "submit", "only_draft_can_be_submitted"),
    "edit what is pending": (("submit",), "edit", "only_draft_can_be_edited"),
    "approve a draft": ((), "approve", "only_pending_can_be_reviewed"),
    "reject a draft": ((), "reject", "only_pending_can_be_reviewed"),
    "activate a draft": ((), "activate", "only_approved_can_be_activated"),
    "activate what is pending": (("submit",), "activate", "only_approved_can_be_activated"),
    "approve twice": (("submit", "approve"), "approve", "only_pending_can_be_reviewed"),
    "reject what is approved": (("submit", "approve"), "reject", "only_pending_can_be_reviewed"),
    "withdraw what is approved": (("submit", "approve"), "withdraw", "only_open_can_be_withdrawn"),
    "activate what is rejected": (("submit", "reject"), "activate", "only_approved_can_be_activated"),
    "submit what is rejected": (("submit", "reject"), "submit", "only_draft_can_be_submitted"),
    "withdraw twice": (("withdraw",), "withdraw", "only_open_can_be_withdrawn"),
    "activate twice": (("submit", "approve", "activate"), "activate", "only_approved_can_be_activated"),
}


async def does(world: ApiWorld, path: str, action: str) -> httpx.Response:
    """The right person does it, with a body that fits."""
    if action == "edit":
        version = (await world.get(path)).headers["etag"]
        return await ann(world, "PUT", path, mug_at(700), **{"If-Match": version})
    by = bob if action in {"approve", "reject", "activate"} else ann
    return await by(world, "POST", f"{path}/{action}", {"reason": "no"} if action == "reject" else {})


@pytest.mark.parametrize("case", REFUSED)
async def test_what_the_state_does_not_allow_is_refused(world: ApiWorld, case):
    before, action, code = REFUSED[case]
    path = (await proposed(world))["links"]["self"]
    for step in before:
        assert (await does(world, path, step)).status_code == 200
    was = (await world.get(path)).json()

    document = is_problem(await does(world, path, action), 409, code)

    assert document["current"] == was["status"]
    assert (await world.get(path)).json() == was


async def test_the_same_request_again_is_answered_as_before(world: ApiWorld):
    first = await ann(world, "POST", "", mug_at(800), key="one")
    again = await ann(world, "POST", "", mug_at(800), key="one")
    other = await ann(world, "POST", "", mug_at(700), key="one")
    path = first.json()["links"]["self"]
    submits = [await ann(world, "POST", f"{path}/submit", key="two") for _ in range(2)]

    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
    assert again.headers["location"] == path
    is_problem(other, 422, "idempotency_key_reused")
    assert submits[0].content == submits[1].content
    assert submits[1].headers["etag"] == '"2"'


async def test_a_request_whose_answer_was_lost_finds_what_it_did(world: ApiWorld):
    first = await ann(world, "POST", "", mug_at(800), key="one")
    path = first.json()["links"]["self"]
    second = await ann(world, "POST", f"{path}/submit", key="two")
    third = await bob(world, "POST", f"{path}/approve", key="three")
    fourth = await bob(world, "POST", f"{path}/activate", key="four")
    world.requests._requests.clear()  # as if the process had died before the answers were kept
    world.clock.passes(timedelta(seconds=5))

    lost = [
        await ann(world, "POST", "", mug_at(800), key="one"),
        await ann(world, "POST", f"{path}/submit", key="two"),
        await bob(world, "POST", f"{path}/approve", key="three"),
        await bob(world, "POST", f"{path}/activate", key="four"),
    ]

    assert [answer.status_code for answer in (first, second, third, fourth)] == [201, 200, 200, 200]
    assert [answer.status_code for answer in lost] == [201, 200, 200, 200]
    assert {answer.json()["id"] for answer in lost} == {first.json()["id"]}
    assert len(await world.proposals.events(first.json()["id"])) == 5


async def test_two_of_a_kind_for_one_sku_are_refused(world: ApiWorld):
    first = await submitted(world, on_holiday())
    second = await proposed(world, on_holiday())

    refused = await ann(world, "POST", f"{second['links']['self']}/submit")

    document = is_problem(refused, 409, "promotion_type_exists")
    assert (document["proposal_id"], document["kind"]) == (first["id"], "daily_price")
    await bob(world, "POST", f"{first['links']['self']}/reject", {"reason": "too cheap"})
    assert (await ann(world, "POST", f"{second['links']['self']}/submit")).status_code == 200


async def test_what_is_over_is_neither_submitted_nor_approved(world: ApiWorld):
    draft, pending = await proposed(world), await submitted(world)
    world.clock.passes(2 * DAY)

    for path, action in ((draft["links"]["self"], "submit"), (pending["links"]["self"], "approve")):
        is_problem(await bob(world, "POST", f"{path}/{action}"), 409, "proposal_outdated")


async def test_lists_are_narrowed_and_paged(world: ApiWorld):
    made = [await proposed(world) for _ in range(3)]
    await ann(world, "POST", f"{made[0]['links']['self']}/submit")

    first = (await world.get("/v1/price-proposals?limit=2")).json()
    rest = (await world.get(f"/v1/price-proposals?limit=2&cursor={first['cursor']}")).json()
    pending = (await world.get("/v1/price-proposals?status=pending_review")).json()
    others = (await world.get("/v1/price-proposals?merchant_id=shop-8")).json()

    assert {item["id"] for item in (*first["items"], *rest["items"])} == {item["id"] for item in made}
    assert (first["has_more"], rest["has_more"], rest["cursor"]) == (True, False, None)
    assert [item["id"] for item in pending["items"]] == [made[0]["id"]]
    assert others["items"] == []
    for wrong in ("status=new", "cursor=x", "limit=0", "limit=101", "page=2"):
        is_problem(await world.get(f"/v1/price-proposals?{wrong}"), 422, "invalid_request")


async def test_a_proposal_is_no_order(world: ApiWorld):
    proposal = await proposed(world)

    for path in (f"/v1/orders/price:{proposal['id']}", f"/v1/orders/price:{proposal['id']}/events"):
        is_problem(await world.get(path), 404, "order_not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
async def test_nobody_knows_a_proposal_that_was_not_made(world: ApiWorld, method):
    actions: dict[str, tuple[str, ...]] = {
        "GET": ("", "/events"),
        "PUT": ("",),
        "POST": ("/submit", "/withdraw", "/approve", "/activate"),
    }
    for action in actions[method]:
        body: Any = mug_at(700) if method == "PUT" else {}
        headers = {"If-Match": '"1"'}
        answer = await ann(world, method, f"/v1/price-proposals/prp_nobody{action}", body, **headers)
        is_problem(answer, 404, "proposal_not_found")
