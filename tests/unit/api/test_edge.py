"""What every call has: a request id, a credential where one is set, health, one form of refusal."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil

import pytest

import activities
import adapters
import api
import domain
import workflows
from adapters.settings import Settings
from api.access import ApiKeys
from api.app import create_app
from api.errors import INTERNAL, RULES, problem
from domain.errors import DomainError
from domain.money import Money
from tests.support.api_world import ApiWorld, api_world


def every_error() -> set[type[DomainError]]:
    """All errors of the product, from every module that callers' requests can reach."""
    for package in (domain, activities, workflows, adapters, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)
    found, fresh = {DomainError}, {DomainError}
    while fresh:
        fresh = {narrower for error in fresh for narrower in error.__subclasses__()} - found
        found |= fresh
    return {error for error in found if error.__module__.partition(".")[0] != "tests"}


def test_every_business_error_has_one_status_or_is_known_to_be_internal():
    both_or_neither = {
        error.code for error in every_error() if (error.code in RULES) == (error.code in INTERNAL)
    }

    assert both_or_neither == set()


def test_the_table_has_no_slug_that_nobody_raises():
    by_hand = {"not_found", "method_not_allowed", "unauthorised", "too_many_requests"} | {
        "internal_error",
        "dependency_unavailable",
    }
    assert {*RULES, *INTERNAL} - {error.code for error in every_error()} == by_hand


def test_every_rule_says_what_to_change():
    for code, rule in RULES.items():
        assert rule.title, code
        assert rule.detail.endswith("."), code
        assert 400 <= rule.status <= 503, code
        assert (rule.retry_after is not None) or rule.status not in {429, 503}, code


def test_facts_never_replace_a_member_of_the_problem():
    text = problem("out_of_stock", "req_1", {"status": 200, "code": "x", "total": Money(5, "CNY")})

    assert b'"status":409' in text
    assert b'"code":"out_of_stock"' in text
    assert b'"total":{"amount":5,"currency":"CNY"}' in text


def test_an_internal_error_shows_neither_its_slug_nor_its_facts():
    text = problem("version_conflict", "req_1", {"secret": "x"})

    assert b"version_conflict" not in text
    assert b"secret" not in text
    assert b'"status":500' in text


async def test_each_answer_has_a_request_id_of_its_own(world: ApiWorld):
    ids = {(await world.get("/health/live")).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3


async def test_a_callers_request_id_is_used_and_follows_the_order(world: ApiWorld):
    answer = await world.http.post(
        "/v1/orders",
        json=await world.order_body(),
        headers={"Idempotency-Key": "k", "X-Request-Id": "shop-7.checkout-0001"},
    )

    assert answer.headers["x-request-id"] == "shop-7.checkout-0001"
    start = world.workflows.started[answer.json()["order"]["id"]]
    assert start.correlation_id == "shop-7.checkout-0001"


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with blank here", "semi;colon;semi"])
async def test_a_request_id_that_could_do_harm_in_a_log_is_replaced(world: ApiWorld, sent):
    answer = await world.get("/health/live", **{"X-Request-Id": sent})

    assert answer.headers["x-request-id"].startswith("req_")


async def test_with_keys_set_only_their_holders_may_call():
    async with api_world(ApiWorld(api_keys="key-one,key-two")) as world:
        for wrong in ("", "Bearer", "Bearer ", "Bearer key-three", "Basic key-one", "key-one"):
            answer = await world.get("/v1/orders", Authorization=wrong)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
            assert answer.headers["www-authenticate"] == "Bearer"
        for right in ("Bearer key-one", "bearer key-two"):
            assert (await world.get("/v1/orders", Authorization=right)).status_code == 200
        assert (await world.get("/health/live")).status_code == 200


async def test_the_same_key_of_two_callers_makes_two_orders():
    async with api_world(ApiWorld(api_keys="key-one,key-two")) as world:
        orders = set()
        for token in ("key-one", "key-two"):
            world.http.headers["Authorization"] = f"Bearer {token}"
            orders.add((await world.place("same")).json()["order"]["id"])
        assert len(orders) == 2


def test_keys_are_not_kept_in_the_clear():
    assert "key-one" not in repr(vars(ApiKeys(["key-one"])))


def test_an_open_api_says_so_at_its_start(caplog):
    with caplog.at_level(logging.WARNING):
        create_app(Settings(_env_file=None))
    assert "no API keys" in caplog.text


async def test_ready_means_that_the_database_is_there(world: ApiWorld):
    async def away() -> None:
        raise ConnectionRefusedError

    world.probes["temporal"] = away
    without_temporal = await world.get("/health/ready")
    world.probes["database"] = away
    without_database = await world.get("/health/ready")

    assert (without_temporal.status_code, without_temporal.json()) == (
        200,
        {"status": "ready", "checks": {"database": "reachable", "temporal": "unreachable"}},
    )
    assert (without_database.status_code, without_database.json()["status"]) == (503, "not ready")


async def test_a_probe_that_hangs_counts_as_unreachable(world: ApiWorld, monkeypatch):
    monkeypatch.setattr("api.routes.health._PROBE_SECONDS", 0.01)
    world.probes["temporal"] = lambda: asyncio.sleep(60)

    assert (await world.get("/health/ready")).json()["checks"]["temporal"] == "unreachable"
