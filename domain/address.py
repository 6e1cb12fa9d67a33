"""Where goods go. A value: equal over all fields (requirement A26)."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.errors import InvalidValueError

_COUNTRY_LENGTH = 2
LONGEST_FIELD = 200
LONGEST_SEAL = 4_000


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is an ISO 3166 alpha-2 code. Raises `InvalidValueError`.

    Behind a seal (`domain.ports.personal_data`) only the country is plain; street, city and code are empty.
    """

    street: str
    city: str
    zip_code: str
    country: str
    sealed: str = field(default="", kw_only=True)

    @classmethod
    def behind(cls, seal: str, country: str) -> Address:
        """The address that only the holder of the buyer's key can read."""
        return cls("", "", "", country, sealed=seal)

    def __post_init__(self) -> None:
        if len(self.sealed) > LONGEST_SEAL:
            raise InvalidValueError(field="sealed", rule=f"at most {LONGEST_SEAL} characters")
        for name in ("street", "city", "zip_code"):
            value = getattr(self, name)
            if self.sealed and value:
                raise InvalidValueError(field=name, rule="empty behind a seal")
            if not self.sealed and (not value.strip() or len(value) > LONGEST_FIELD):
                raise InvalidValueError(field=name, rule=f"1 to {LONGEST_FIELD} characters")
        if len(self.country) != _COUNTRY_LENGTH or not (
            self.country.isascii() and self.country.isalpha() and self.country.isupper()
        ):
            raise InvalidValueError(field="country", rule="ISO 3166 alpha-2")
