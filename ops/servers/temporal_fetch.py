"""Find the Temporal program, and get it when it is missing: the SDK's own download, then a Go build.

Two starts at once fetch once: the second waits for the first and takes what that put into the cache.
"""

import asyncio
import os
import stat
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from ops.errors import MissingProgramError
from ops.servers.fetch_once import fetching_alone
from ops.servers.go_install import go_install
from ops.servers.say import Say
from ops.servers.temporal_program import TemporalProgram, cache_folder, installed_temporal

DOWNLOAD_PATIENCE = timedelta(seconds=120)


def find_temporal(environment: Mapping[str, str], say: Say) -> TemporalProgram:
    """The first that works of: our cache, the PATH, the SDK's download, ``go install``.

    Raises:
        MissingProgramError: none works; names the remedies.
    """
    if found := installed_temporal(environment):
        return found
    kept = cache_folder(environment) / "bin" / "temporal"
    with fetching_alone(kept, "Temporal", say) as draft:
        return installed_temporal(environment) or _fetch(draft, kept, environment, say)


def _fetch(draft: Path, kept: Path, environment: Mapping[str, str], say: Say) -> TemporalProgram:
    say("Temporal: not on this machine; asking the SDK to download it")
    if (program := _sdk_download(draft, say)) is not None:
        origin = "embedded, downloaded by the Temporal SDK"
    else:
        program = go_install(draft, environment, say)
        origin = "embedded, built by go install"
    if program is None:
        raise MissingProgramError(REMEDIES)
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return TemporalProgram(program.replace(kept), origin)


REMEDIES = (
    "The Temporal server is not on this machine and could not be fetched. One of these helps: install the "
    "Temporal CLI so that `temporal` is on the PATH (https://docs.temporal.io/cli); install a current Go so "
    "that it can be built here; or set TEMPORAL_ADDRESS to a server that runs already."
)


def _sdk_download(draft: Path, say: Say) -> Path | None:
    problem: list[str] = []

    def download() -> None:
        try:
            asyncio.run(asyncio.wait_for(_start_once(draft), DOWNLOAD_PATIENCE.total_seconds()))
        except (RuntimeError, TimeoutError) as error:
            problem.append(str(error).splitlines()[0] if str(error) else "it took too long")

    # A thread of its own, because the caller may already run an event loop.
    thread = threading.Thread(target=download, name="temporal-download")
    thread.start()
    thread.join()
    if problem:
        say(f"Temporal: the SDK's download failed ({problem[0]})")
        return None
    return next((path for path in draft.iterdir() if path.is_file() and os.access(path, os.X_OK)), None)


async def _start_once(draft: Path) -> None:
    """The SDK offers no download alone: it downloads when it starts a server."""
    from temporalio.testing import WorkflowEnvironment  # loads half the SDK; seldom needed

    environment = await WorkflowEnvironment.start_local(download_dest_dir=str(draft))
    await environment.shutdown()
