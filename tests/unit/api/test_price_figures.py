"""How often shown prices still held: for people, and for Prometheus."""

from __future__ import annotations

from datetime import timedelta

from api.schemas.price_changes import PricingFiguresView
from domain.ports.price_checks import RecordedCheck
from domain.pricing.consistency import PriceCheck, Reason, Verdict
from tests.support.api_world import ApiWorld, api_world, cny
from tests.support.builders import NOON
from tests.support.problems import is_problem


async def checked(world: ApiWorld, number: int, new: int, *, expired: bool = False, at=NOON) -> None:
    """A price of 100.00 was compared."""
    differs = new != 10_000
    verdict = Verdict.CHANGED if abs(new - 10_000) > 100 else Verdict.HONOURED
    reason = Reason.PRICE_ADJUSTED if differs else None
    check = PriceCheck(verdict, cny(10_000), cny(new), reason, expired=expired)
    await world.checks.record(RecordedCheck(f"ord_{number}", "snap_1", "snap_2", at, check, "version"))


async def test_the_figures_of_the_last_hour_tell_rates_in_basis_points(world: ApiWorld):
    before = NOON - timedelta(minutes=1)
    for number, new in enumerate([10_000, 10_000, 10_050, 12_000], start=1):
        await checked(world, number, new, expired=number == 1, at=before)
    await checked(world, 5, 20_000, at=NOON - timedelta(hours=1, milliseconds=1))

    answer = await world.get("/v1/pricing/figures")

    figures = PricingFiguresView.model_validate_json(answer.content).last_hour
    assert (figures.checks, figures.differing, figures.differing_rate_bp) == (4, 2, 5_000)
    assert (figures.asked, figures.expired, figures.expired_rate_bp) == (1, 1, 2_500)
    assert figures.largest_difference_bp == 2_000


async def test_an_hour_without_checks_has_rates_of_zero(world: ApiWorld):
    figures = (await world.get("/v1/pricing/figures")).json()["last_hour"]

    assert set(figures.values()) == {0}


async def test_prometheus_reads_the_same_numbers(world: ApiWorld):
    await checked(world, 1, 12_000, at=NOON - timedelta(minutes=1))

    answer = await world.get("/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert "orderkeep_price_checks_last_hour 1" in lines
    assert "orderkeep_price_difference_largest_basis_points_last_hour 2000" in lines
    samples = [line for line in lines if not line.startswith("#")]
    for name in (sample.partition("{")[0].partition(" ")[0] for sample in samples):
        assert f"# TYPE {name} gauge" in lines
        assert any(line.startswith(f"# HELP {name} ") for line in lines)
    assert len({sample.partition(" ")[0] for sample in samples}) == len(samples)
    assert answer.text.endswith("\n")


async def test_with_keys_set_metrics_need_one():
    async with api_world(ApiWorld(api_keys="ops:a-key")) as world:
        is_problem(await world.get("/metrics"), 401, "unauthorised")
        assert (await world.get("/metrics", Authorization="Bearer a-key")).status_code == 200
