"""Which warehouse gives what: one that has everything, else as few as possible."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.stock import allocation
from domain.stock.allocation import AllocatedUnits, NotOnShelvesError, WantedUnits, allocate, named

SKUS = ("a", "b", "c")
shelves_of = st.dictionaries(
    st.sampled_from("PQRSTU"), st.dictionaries(st.sampled_from(SKUS), st.integers(0, 6)), max_size=6
)
orders = st.lists(
    st.builds(WantedUnits, st.integers(1, 4), st.sampled_from(SKUS), st.integers(1, 6)),
    max_size=4,
    unique_by=lambda units: (units.line, units.sku),
)


def needed(wanted: list[WantedUnits]) -> Counter[str]:
    total = Counter[str]()
    for units in wanted:
        total[units.sku] += units.quantity
    return total


def fewest(wanted: list[WantedUnits], shelves: dict[str, dict[str, int]]) -> int | None:
    """The least number of warehouses, by looking at all combinations; None when there is too little."""
    for size in range(len(shelves) + 1):
        for names in combinations(shelves, size):
            if all(sum(shelves[n].get(s, 0) for n in names) >= q for s, q in needed(wanted).items()):
                return size
    return None


@given(wanted=orders, shelves=shelves_of)
def test_everything_comes_from_shelves_that_have_it_and_from_as_few_warehouses_as_possible(
    wanted: list[WantedUnits], shelves: dict[str, dict[str, int]]
) -> None:
    best = fewest(wanted, shelves)
    if best is None:
        with pytest.raises(NotOnShelvesError):
            allocate(wanted, shelves)
        return

    chosen = allocate(wanted, shelves)

    assert len({units.warehouse_id for units in chosen}) == best
    for units in wanted:
        given = [each.quantity for each in chosen if (each.line, each.sku) == (units.line, units.sku)]
        assert sum(given) == units.quantity
    taken = Counter[tuple[str, str]]()
    for each in chosen:
        assert each.quantity > 0
        taken[each.warehouse_id, each.sku] += each.quantity
    assert all(quantity <= shelves[place][sku] for (place, sku), quantity in taken.items())


@given(wanted=orders, shelves=shelves_of, data=st.data())
def test_the_order_in_which_shelves_and_lines_are_told_does_not_matter(
    wanted: list[WantedUnits], shelves: dict[str, dict[str, int]], data: st.DataObject
) -> None:
    assume(fewest(wanted, shelves) is not None)
    shuffled = dict(data.draw(st.permutations(list(shelves.items()))))

    assert allocate(data.draw(st.permutations(wanted)), shuffled) == allocate(wanted, shelves)


@given(wanted=orders, shelves=shelves_of)
def test_an_answer_that_must_be_quick_is_right_and_has_no_warehouse_too_many(
    wanted: list[WantedUnits], shelves: dict[str, dict[str, int]]
) -> None:
    assume(fewest(wanted, shelves) is not None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(allocation, "MOST_STEPS", 0)
        chosen = allocate(wanted, shelves)

    places = {units.warehouse_id for units in chosen}
    assert sum(units.quantity for units in chosen) == sum(units.quantity for units in wanted)
    for place in places:
        others = {name: shelf for name, shelf in shelves.items() if name in places - {place}}
        assert fewest(wanted, others) is None


def test_one_warehouse_that_has_everything_is_better_than_a_fuller_one() -> None:
    wanted = [WantedUnits(1, "a", 2), WantedUnits(2, "b", 1)]
    shelves = {"p": {"a": 900}, "q": {"a": 2, "b": 1}}

    assert {units.warehouse_id for units in allocate(wanted, shelves)} == {"q"}


def test_of_equally_few_warehouses_the_earlier_names_give() -> None:
    shelves = {name: {"a": 5} for name in ("r", "p", "q")}

    assert allocate([WantedUnits(1, "a", 5)], shelves) == (AllocatedUnits(1, "a", 5, "p"),)
    assert allocate([WantedUnits(1, "a", 6)], shelves) == (
        AllocatedUnits(1, "a", 5, "p"),
        AllocatedUnits(1, "a", 1, "q"),
    )


def test_two_good_ones_are_found_where_the_fullest_would_make_three() -> None:
    """The fullest has four of six SKUs, but only the other two have everything between them."""
    skus = "abcdef"
    wanted = [WantedUnits(number, sku, 1) for number, sku in enumerate(skus, 1)]
    shelves = {
        "full": dict.fromkeys("abde", 1),
        "left": dict.fromkeys("abc", 1),
        "right": dict.fromkeys("def", 1),
        # Named first, these would be taken for the rest, and then nothing can be left out.
        "a scrap": {"c": 1},
        "another scrap": {"f": 1},
    }

    assert {units.warehouse_id for units in allocate(wanted, shelves)} == {"left", "right"}


def test_a_thousand_lines_over_a_hundred_warehouses_are_allocated_quickly() -> None:
    wanted = [WantedUnits(number, f"sku-{number}", 3) for number in range(1, 1_001)]
    shelves = {
        f"w{place:02}": {units.sku: 1 for units in wanted if (units.line + place) % 3} for place in range(100)
    }

    assert sum(units.quantity for units in allocate(wanted, shelves)) == 3_000


def test_too_little_on_all_shelves_is_told_with_how_much_there_is() -> None:
    with pytest.raises(NotOnShelvesError) as caught:
        allocate([WantedUnits(1, "a", 3), WantedUnits(2, "a", 1)], {"p": {"a": 2}, "q": {"a": 1}})

    assert caught.value.facts == {"sku": "a", "wanted": 4, "found": 3}


def test_a_warehouse_has_a_name() -> None:
    assert named("east") == "east"
    with pytest.raises(InvalidValueError):
        named("")
