"""The Temporal program that this machine has already: in our cache or on the PATH.

Getting one that is not there is ``temporal_fetch``'s affair.
"""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_VERSION_SECONDS = 20


@dataclass(frozen=True, slots=True)
class TemporalProgram:
    """A Temporal CLI that contains the development server, and one phrase on where it was found."""

    path: Path
    origin: str


def cache_folder(environment: Mapping[str, str]) -> Path:
    """``$XDG_CACHE_HOME/orderkeep``, by default in ``~/.cache``."""
    home = environment.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "orderkeep"


def installed_temporal(environment: Mapping[str, str]) -> TemporalProgram | None:
    """The program if this machine has it already: in our cache, else on the PATH."""
    cached = cache_folder(environment) / "bin" / "temporal"
    if cached.is_file():
        return TemporalProgram(cached, f"embedded, from our cache {cached}")
    on_path = shutil.which("temporal", path=environment.get("PATH"))
    if on_path and _is_temporal(on_path):
        return TemporalProgram(Path(on_path), f"embedded, found on this machine as {on_path}")
    return None


def _is_temporal(program: str) -> bool:
    try:
        answer = subprocess.run(
            (program, "--version"), capture_output=True, text=True, check=False, timeout=_VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.startswith("temporal version") and "Server" in answer.stdout
