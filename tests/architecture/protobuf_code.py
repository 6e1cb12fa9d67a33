"""Makes the Python of the contracts in `proto/`, and remembers what of them was released.

`python -m tests.architecture.protobuf_code` writes `adapters/protobuf/v1` again. With `release` it also moves
the pin in `proto/released`, which it refuses to do over a breaking change.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]

from tests.architecture.contract_changes import breaking_changes

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
MADE = ROOT / "adapters/protobuf/v1"
RELEASED = PROTO / "released/v1.binpb"
_PACKAGE = "orderkeep/v1"
_ROOM = "adapters.protobuf.v1"
# Written by the compiler for no linter; ruff has its own file there.
_OPENING = "# mypy: ignore-errors\n"


def sources(proto: Path = PROTO) -> list[str]:
    """The contracts, by their path below `proto`."""
    return sorted(path.relative_to(proto).as_posix() for path in proto.joinpath(_PACKAGE).glob("*.proto"))


def made(proto: Path = PROTO) -> dict[str, str]:
    """The modules that the compiler makes, by file name."""
    with TemporaryDirectory() as out:
        _compile(proto, f"--python_out={out}", f"--pyi_out={out}")
        return {path.name: _housed(path) for path in sorted(Path(out, _PACKAGE).iterdir())}


def descriptors(proto: Path = PROTO) -> FileDescriptorSet:
    """The contracts as descriptors, without comments."""
    with TemporaryDirectory() as out:
        path = Path(out, "set.binpb")
        _compile(proto, f"--descriptor_set_out={path}")
        return FileDescriptorSet.FromString(path.read_bytes())


def released() -> FileDescriptorSet:
    """What was released, which others rely on."""
    return FileDescriptorSet.FromString(RELEASED.read_bytes())


def main(arguments: list[str]) -> int:
    """Write what is made; 1 when a release would break somebody."""
    MADE.mkdir(parents=True, exist_ok=True)
    for name, text in made().items():
        MADE.joinpath(name).write_text(text, encoding="utf-8")
    if "release" not in arguments:
        return 0
    today = descriptors()
    broken = breaking_changes(released(), today) if RELEASED.exists() else []
    for change in broken:
        print(change, file=sys.stderr)  # noqa: T201 - a command prints
    if broken:
        return 1
    RELEASED.parent.mkdir(exist_ok=True)
    RELEASED.write_bytes(today.SerializeToString(deterministic=True))
    return 0


def _compile(proto: Path, *outputs: str) -> None:
    known = str(files("grpc_tools") / "_proto")
    if protoc.main(["protoc", f"-I{proto}", f"-I{known}", *outputs, *sources(proto)]):
        raise ValueError("the contracts do not compile")


def _housed(path: Path) -> str:
    # Imports as if it stood at the top; it stands in its room.
    text = path.read_text(encoding="utf-8")
    return _OPENING + text.replace("from orderkeep.v1 import", f"from {_ROOM} import")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
