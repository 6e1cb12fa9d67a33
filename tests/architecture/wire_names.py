"""Collects every name that histories and callers hold: workflows, messages, activities, attributes.

`python -m tests.architecture.wire_names` adds new ones to the pinned file. It never takes one away.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from temporalio import activity, workflow
from temporalio.common import SearchAttributeKey

import activities
import workflows
from workflows import attributes

PINNED = Path(__file__).with_name("wire_names.json")
Names = dict[str, Any]


def found() -> Names:
    """All names of today's code."""
    return {
        "workflows": {name: _messages(made) for name, made in sorted(_workflows().items())},
        "activities": sorted(_activities()),
        "search_attributes": {
            key.name: key.indexed_value_type.name
            for key in vars(attributes).values()
            if isinstance(key, SearchAttributeKey)
        },
    }


def pinned() -> Names:
    """All names that were ever given out."""
    names: Names = json.loads(PINNED.read_text(encoding="utf-8"))
    return names


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for module in iter_modules(package.__path__):
        yield import_module(f"{package.__name__}.{module.name}")


# The SDK keeps a definition on each class and function; there is no public way to ask for it.
def _workflows() -> dict[str, workflow._Definition]:
    made = {}
    for module in _modules(workflows):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            definition = workflow._Definition.from_class(kind)
            if definition is not None and definition.name:
                made[definition.name] = definition
    return made


def _messages(definition: workflow._Definition) -> dict[str, list[str]]:
    return {
        "updates": sorted(filter(None, definition.updates)),
        "signals": sorted(filter(None, definition.signals)),
        "queries": sorted(filter(None, definition.queries)),
    }


def _activities() -> Iterator[str]:
    for module in _modules(activities):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            for _, function in inspect.getmembers(kind, inspect.isfunction):
                definition = activity._Definition.from_callable(function)
                if definition is not None and definition.name and kind.__module__ == module.__name__:
                    yield definition.name


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict):
        return {
            name: _merged(old.get(name, new.get(name)), new.get(name, old.get(name))) for name in {*old, *new}
        }
    return sorted({*old, *new}) if isinstance(old, list) else old


if __name__ == "__main__":
    merged = _merged(pinned() if PINNED.exists() else {}, found())
    PINNED.write_text(json.dumps(merged, indent=2, sort_keys=True) + "\n", encoding="utf-8")
