"""Where goods go. A value: equal over all fields (requirement A26)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidValueError

_COUNTRY_LENGTH = 2
LONGEST_FIELD = 200


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is an ISO 3166 alpha-2 code. Raises `InvalidValueError`."""

    street: str
    city: str
    zip_code: str
    country: str

    def __post_init__(self) -> None:
        for field in ("street", "city", "zip_code"):
            value = getattr(self, field)
            if not value.strip() or len(value) > LONGEST_FIELD:
                raise InvalidValueError(field=field, rule=f"1 to {LONGEST_FIELD} characters")
        if len(self.country) != _COUNTRY_LENGTH or not (
            self.country.isascii() and self.country.isalpha() and self.country.isupper()
        ):
            raise InvalidValueError(field="country", rule="ISO 3166 alpha-2")
