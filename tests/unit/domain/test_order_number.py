"""Order numbers survive being read out: a slip of the tongue is seen."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.order.number import ALPHABET, check_character, is_order_number, order_number

entropies = st.integers(0, 2**64 - 1)
PLACES_OF_LETTERS = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]


@given(entropies)
def test_a_number_is_two_groups_with_a_check_character(entropy):
    number = order_number(entropy)

    assert len(number) == 12
    assert number[5] == "-"
    assert is_order_number(number)


@given(entropies, st.sampled_from(PLACES_OF_LETTERS), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_always_seen(entropy, place, letter):
    number = order_number(entropy)
    wrong = number[:place] + letter + number[place + 1 :]

    assert is_order_number(wrong) == (wrong == number)


@given(entropies)
def test_two_swapped_letters_are_always_seen(entropy):
    number = order_number(entropy)

    for left, right in combinations(PLACES_OF_LETTERS, 2):
        swapped = list(number)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        assert is_order_number("".join(swapped)) == (swapped == list(number))


def test_every_neighbour_swap_of_every_pair_of_letters_is_seen():
    for place in range(9):
        for a, b in combinations(ALPHABET, 2):
            body = ["2"] * 10
            body[place], body[place + 1] = a, b
            swapped = body.copy()
            swapped[place], swapped[place + 1] = b, a
            assert check_character("".join(body)) != check_character("".join(swapped))


def test_no_letter_looks_like_another():
    assert not set(ALPHABET) & set("01BILOU")
    assert len(set(ALPHABET)) == len(ALPHABET) == 29


@given(entropies, entropies)
def test_other_entropy_gives_another_number(a, b):
    reach = 29**10

    assert (order_number(a) == order_number(b)) == (a % reach == b % reach)


@pytest.mark.parametrize(
    "text", ["", "22222-2222", "22222-222222X", "22222 222222", "2222B-222222", "22222-22222", "-" * 12]
)
def test_anything_else_is_no_order_number(text):
    assert not is_order_number(text)


def test_negative_entropy_is_refused():
    with pytest.raises(InvalidValueError):
        order_number(-1)
