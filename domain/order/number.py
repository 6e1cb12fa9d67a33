"""Order numbers that people can read out: short, unguessable, with a check character."""

from __future__ import annotations

from domain.errors import InvalidValueError

# Without 0 O 1 I L U: no look-alikes. 30 letters; 10 places are 5.9e14 numbers.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
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
    """The check character: position-weighted sum, so one wrong letter or two swapped neighbours show.

    Weights grow by one and the alphabet is not prime, so each weight is kept odd and free of 3 and 5.
    """
    weighted = sum(weight * ALPHABET.index(letter) for weight, letter in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[weighted % len(ALPHABET)]


def is_order_number(text: str) -> bool:
    """True when the form and the check character are right."""
    body = text[:5] + text[6:-1]
    shaped = len(text) == PLACES + 2 and text[5] == "-" and all(letter in ALPHABET for letter in body)
    return shaped and check_character(body) == text[-1]


# Units modulo 30: multiplying by one of them loses no digit, so a single wrong letter always shows.
_WEIGHTS = (1, 7, 11, 13, 17, 19, 23, 29, 1, 7)
