"""The kinds of values that come in with JSON, checked strictly, and how a scripted fault comes in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, model_validator

from ops.sandbox.faults import ANY, CallbackFault, CallFault, Fault

_LONGEST_WAIT: Final = 600_000


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "an absolute http or https address"
        raise ValueError(message)
    return value


def _plausible(value: datetime) -> datetime:
    # Beyond these years, arithmetic with time zones can leave the range of datetime.
    if not datetime(2000, 1, 1, tzinfo=UTC) <= value <= datetime(2999, 12, 31, tzinfo=UTC):
        message = "a time between the years 2000 and 2999"
        raise ValueError(message)
    return value.astimezone(UTC)


# Keys stand in paths, so they keep to characters that no proxy or framework decodes.
KEY_PATTERN: Final = r"^[A-Za-z0-9._:~@+=,-]{1,200}$"
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Identifier = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
WebAddress = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,2000}$"), AfterValidator(_web_address)]
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]
Wait = Annotated[StrictInt, Field(ge=1, le=_LONGEST_WAIT)]


class Strict(BaseModel):
    """Refuses what is not documented."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FaultIn(Strict):
    """Body of POST /v1/faults: one target, one fault, the parameters of that fault only.

    A service says which scopes it has, which faults take which parameter, and which are of an operation; it
    declares the fields `fault` and `operation`, and one for each scope, itself.
    """

    scopes: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[Mapping[str, str]] = {
        CallbackFault.DELAY: "delay_ms",
        CallbackFault.DUPLICATE: "copies",
        CallFault.EXECUTE_THEN_TIMEOUT: "hold_ms",
    }

    any: bool = False
    times: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 1
    delay_ms: Wait | None = None
    copies: Annotated[StrictInt, Field(ge=2, le=20)] | None = None
    hold_ms: Wait | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        named = [scope for scope in self.scopes if getattr(self, scope) is not None]
        if len(named) + self.any != 1:
            message = f"name exactly one of {', '.join((*self.scopes, ANY))}"
            raise ValueError(message)
        kind, operation = self._words()
        for name in set(self.parameters.values()):
            if getattr(self, name) is not None and self.parameters.get(kind) != name:
                message = f"{name} does not belong to the fault {kind}"
                raise ValueError(message)
        if kind == CallbackFault.DELAY and self.delay_ms is None:
            message = "the fault delay needs delay_ms"
            raise ValueError(message)
        if operation is not None and kind not in set(CallFault):
            message = f"operation does not belong to the fault {kind}"
            raise ValueError(message)
        return self

    def scripted(self) -> Fault:
        """As the fault table takes it."""
        kind, operation = self._words()
        named = [(scope, getattr(self, scope)) for scope in self.scopes if getattr(self, scope) is not None]
        scope, target = named[0] if named else (ANY, "")
        name = self.parameters.get(kind)
        number = None if name is None else getattr(self, name)
        return Fault(scope, target, kind, self.times, operation, number)

    def _words(self) -> tuple[str, str | None]:
        kind, operation = getattr(self, "fault", None), getattr(self, "operation", None)
        assert isinstance(kind, StrEnum)
        return kind.value, operation.value if isinstance(operation, StrEnum) else None
