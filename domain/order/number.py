"""Order numbers that people can read out: short, unguessable, with a check character."""

from __future__ import annotations

from domain.errors import InvalidValueError

# Without 0 O, 1 I L, U and the B of 8: no look-alikes. 10 places of 29 letters are 4.2e14 numbers.
# 29 is prime on purpose: see `check_character`.
ALPHABET = "23456789ACDEFGHJKMNPQRSTVWXYZ"
PLACES = 10


def order_number(entropy: int) -> str:
    """Format at least 50 random bits as `XXXXX-XXXXXC`, where C is a check character.

    Raises `InvalidValueError` for negative entropy.
    """
    if entropy < 0:
        raise InvalidValueError(field="entropy", rule="not negative")
    digits = []
    for _ in range(PLACES):
        entropy, digit = divmod(entropy, len(ALPHABET))
        digits.append(ALPHABET[digit])
    body = "".join(digits)
    return f"{body[:5]}-{body[5:]}{check_character(body)}"


def check_character(body: str) -> str:
    """The check character: a sum weighted by place, so one wrong letter or any two swapped letters show.

    The number of letters is prime and the weights 1 to 10 differ, so neither a wrong digit times its weight
    nor a swap's difference of digits times the difference of weights can vanish; with an alphabet of 30
    some swaps would.
    """
    weighted = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, start=1))
    return ALPHABET[weighted % len(ALPHABET)]


def is_order_number(text: str) -> bool:
    """True when the form and the check character are right."""
    body = text[:5] + text[6:-1]
    shaped = len(text) == PLACES + 2 and text[5] == "-" and all(letter in ALPHABET for letter in body)
    return shaped and check_character(body) == text[-1]
