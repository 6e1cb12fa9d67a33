"""Queries built with SQLAlchemy Core, made ready for the asyncpg pool. It asks nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import make_url
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from sqlalchemy import Select

_DIALECT: Final = make_url("postgresql+asyncpg://").get_dialect()()


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with numbered placeholders, and their values in order: `pool.fetch(query.text, *query.values)`."""

    text: str
    values: tuple[Any, ...]


def compiled(statement: Select[Any]) -> Query:
    """`statement` as asyncpg takes it. Values go to asyncpg as they are, rows come back as it makes them."""
    ready = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    assert isinstance(ready, SQLCompiler)  # which is what a dialect makes of a select
    values = ready.construct_params()
    return Query(str(ready), tuple(values[name] for name in ready.positiontup or ()))
