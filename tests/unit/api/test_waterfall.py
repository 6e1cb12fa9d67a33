"""The picture of a price: what it shows, that it is always the same, and that it never breaks."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.pricing.waterfall import PictureFormat, PictureUnavailableError, WaterfallPainter, draw
from api.pricing.waterfall_bars import MOST_BARS, bars_of
from domain.money import LARGEST_AMOUNT, Money
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from tests.support.api_world import ApiWorld
from tests.support.price_api import WORKED_EXAMPLE, draws_the_worked_example, tells_the_worked_example
from tests.support.problems import is_problem

PNG = b"\x89PNG\r\n\x1a\n"
ASCII = range(32, 127)


def a_part(
    number: int, layer: Layer = Layer.BASE, amount: int = 1_000, label: str = "", currency: str = "CNY"
) -> Component:
    money = Money(amount, currency)
    words = label or f"part {number}"
    return Component(
        f"part-{number}",
        layer,
        "shop_threshold",
        words,
        money,
        Funder.BUYER,
        f"source-{number}",
        ((1, amount),),
    )


def a_price(*parts: Component, currency: str = "CNY") -> PriceBreakdown:
    return PriceBreakdown(currency, 1, parts)


def words_in(svg: bytes) -> list[str]:
    """The texts of a picture: glyphs are paths, each text stands in a comment beside its own."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    root = ET.fromstring(svg, parser)
    comment: object = ET.Comment  # comments have this function for a tag
    return [(node.text or "").strip() for node in root.iter() if node.tag is comment]


async def test_the_picture_shows_every_step_and_amount_of_the_quote(world: ApiWorld):
    quote = await tells_the_worked_example(world)

    answer = await world.get(quote["links"]["waterfall"])

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    shown = words_in(answer.content)
    for words in ("Flash sale on Friday", "80 off from 800", "insurance", "delivery fee", "handling fee"):
        assert words in shown
    for amount in ("+1000.00", "−80.00", "−100.00", "+50.00", "+10.00", "+13.60", "693.60"):
        assert amount in shown


async def test_the_picture_in_the_documents_is_that_of_the_worked_example():
    drawn = await draws_the_worked_example()

    # Its words, and not its bytes, which a newer drawing library may write in another way.
    assert words_in(WORKED_EXAMPLE.read_bytes()) == words_in(drawn), "run python -m tests.support.price_api"


async def test_a_picture_can_be_kept_for_ever(world: ApiWorld):
    path = (await world.quote())["links"]["waterfall"]

    first = await world.get(path)
    again = await world.get(path, **{"If-None-Match": first.headers["etag"]})

    assert "immutable" in first.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")


async def test_a_picture_of_dots_has_a_tag_of_its_own(world: ApiWorld):
    svg_path = (await world.quote())["links"]["waterfall"]

    svg = await world.get(svg_path)
    png = await world.get(svg_path.replace(".svg", ".png"))

    assert (png.headers["content-type"], png.content[:8]) == ("image/png", PNG)
    assert svg.headers["etag"] != png.headers["etag"]


@pytest.mark.parametrize("name", ["waterfall.svg", "waterfall.png"])
async def test_nobody_can_see_a_price_that_is_not_there(world: ApiWorld, name):
    is_problem(await world.get(f"/v1/quotes/snap_none/{name}"), 404, "snapshot_not_found")


@pytest.mark.parametrize("picture", list(PictureFormat))
def test_the_same_price_is_drawn_with_the_same_bytes(picture):
    price = a_price(a_part(1), a_part(2, Layer.PROMOTION, -200))

    assert draw(price, picture) == draw(price, picture)


@pytest.mark.parametrize(
    "amounts",
    [
        (5_000,),
        (0,),
        (5_000, -5_000),
        (-300,),
        (1_000, -3_000, 2_500),
        (LARGEST_AMOUNT, -LARGEST_AMOUNT),
        (1, LARGEST_AMOUNT - 1),
        (),
    ],
)
def test_any_price_can_be_drawn(amounts):
    parts = [a_part(number, amount=amount) for number, amount in enumerate(amounts)]

    shown = words_in(draw(a_price(*parts), PictureFormat.SVG))

    assert "to pay" in shown
    assert {part.label for part in parts} <= set(shown)


def test_amounts_have_the_decimals_of_their_currency():
    yen = draw(a_price(a_part(1, amount=1_234, currency="JPY"), currency="JPY"), PictureFormat.SVG)
    dinars = draw(a_price(a_part(1, amount=1_234, currency="KWD"), currency="KWD"), PictureFormat.SVG)

    assert "+1234" in words_in(yen)
    assert "+1.234" in words_in(dinars)


def test_forty_components_become_as_many_bars_as_can_be_read_and_lose_no_cent():
    parts = [a_part(0, amount=100_000)]
    parts += [a_part(n, Layer.PROMOTION, -n * 10) for n in range(1, 25)]
    parts += [a_part(n, Layer.CHARGE, n) for n in range(25, 41)]
    price = a_price(*parts)

    bars = bars_of(price, ASCII)

    assert len(bars) <= MOST_BARS
    assert sum(bar.count for bar in bars) == 41
    assert bars[-1].end == price.total
    assert all(before.end == bar.start for before, bar in pairwise(bars))
    assert [bar.layer for bar in bars] == sorted((bar.layer for bar in bars), key=list(Layer).index)
    assert "promotion" not in bars[0].label
    assert {bar.id for bar in bars} >= {"part-0", "part-24", "more:promotion", "more:charge"}


@given(amounts=st.lists(st.tuples(st.sampled_from(list(Layer)), st.integers(-(10**6), 10**6)), max_size=60))
def test_bars_lead_from_nothing_to_the_total_without_a_gap(amounts):
    price = a_price(*(a_part(n, layer, amount) for n, (layer, amount) in enumerate(amounts)))

    bars = bars_of(price, ASCII)

    assert len(bars) <= MOST_BARS
    assert sum(bar.count for bar in bars) == len(amounts)
    assert (bars[-1].end if bars else Money.zero("CNY")) == price.total
    assert all(before.end == bar.start for before, bar in pairwise(bars))


def test_a_name_that_the_font_cannot_write_gives_way_to_the_kind():
    part = a_part(1, Layer.PROMOTION, -80, label="满800减80")

    (bar,) = bars_of(a_price(part), ASCII)

    assert bar.label == "shop threshold"


def test_a_part_that_has_no_name_at_all_is_called_by_its_id():
    part = Component("part-1", Layer.CHARGE, "", "", Money(5, "CNY"), Funder.BUYER, "", ((1, 5),))

    (bar,) = bars_of(a_price(part), ASCII)

    assert bar.label == "part-1"


@settings(max_examples=15, deadline=None)
@given(name=st.text(max_size=60))
@pytest.mark.filterwarnings("error")
def test_whatever_a_promotion_is_called_it_can_be_drawn(name):
    price = a_price(a_part(1), a_part(2, Layer.PROMOTION, -80, label=name))

    assert "to pay" in words_in(draw(price, PictureFormat.SVG))


@pytest.mark.parametrize(
    "name",
    [
        "$5 off $20",
        r"$\nope$",
        "a -- b -->",
        "<script>",
        "50 % & more",
        r"\frac{1}{2}",
        "满800减80",
        "x" * 300,
    ],
)
def test_a_name_is_neither_mathematics_nor_markup(name):
    price = a_price(a_part(1), a_part(2, Layer.PROMOTION, -80, label=name))

    svg = draw(price, PictureFormat.SVG)

    assert len(words_in(svg)) >= 5
    assert b"<script" not in svg.replace(b"<!-- <script> -->", b"")


async def test_the_event_loop_goes_on_while_a_picture_is_drawn():
    painter, gate = WaterfallPainter(), threading.Event()

    async def opens() -> None:
        gate.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.pricing.waterfall.draw", lambda *_: gate.wait(5))
        passed, _ = await asyncio.gather(painter.paint(a_price(a_part(1)), PictureFormat.SVG), opens())

    assert passed
    painter.close()


async def test_who_asks_for_too_many_pictures_or_a_slow_one_is_sent_away():
    painter, price = WaterfallPainter(waiting=2, seconds=0.2), a_price(a_part(1))
    gate = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.pricing.waterfall.draw", lambda *_: gate.wait(10))
        waiting = [asyncio.create_task(painter.paint(price, PictureFormat.SVG)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(PictureUnavailableError):
            await painter.paint(price, PictureFormat.SVG)
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        gate.set()
        again = await painter.paint(price, PictureFormat.SVG)

    assert [type(outcome) for outcome in outcomes] == [PictureUnavailableError] * 2
    assert again
    painter.close()


async def test_a_picture_that_cannot_be_drawn_now_is_a_503_with_retry_after(world: ApiWorld, monkeypatch):
    async def busy(*_: object) -> bytes:
        raise PictureUnavailableError

    path = (await world.quote())["links"]["waterfall"]
    monkeypatch.setattr(WaterfallPainter, "paint", busy)

    answer = await world.get(path)

    is_problem(answer, 503, "picture_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
