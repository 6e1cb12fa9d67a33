"""The shape of every refusal (RFC 9457)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ProblemField(BaseModel):
    """What is wrong with one field; `pointer` is a JSON pointer into the body, or a parameter's name."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """A refusal. Facts of the case, such as `shortages`, stand beside these members."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(examples=["urn:orderkeep:problem:invalid_request"])]
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(examples=["invalid_request"])]
    request_id: str
    errors: list[ProblemField] | None = None


class Health(BaseModel):
    """Whether a process is alive, and which servers it reaches."""

    status: str
    checks: dict[str, str] = {}
