"""Build the Temporal CLI with the Go tool chain, telling how far it is.

The version is the newest whose module can be installed this way: later ones carry a replace directive.
"""

import os
import shutil
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from ops.processes.child import Child, Launch
from ops.servers.say import Say

MODULE = "github.com/temporalio/cli/cmd/temporal@v1.5.1"
PACKAGES = 1_300  # of that version with everything it needs
PATIENCE = timedelta(minutes=30)
_TELL_EVERY_SECONDS = 5.0
_POLL_SECONDS = 0.1


def go_install(draft: Path, environment: Mapping[str, str], say: Say) -> Path | None:
    """Build into ``draft``; returns the program, or None when there is no Go or the build failed."""
    go = shutil.which("go", path=environment.get("PATH", os.defpath))
    if go is None:
        say("Temporal: cannot be built here, there is no Go on the PATH")
        return None
    say(f"Temporal: building {MODULE} with Go; this takes some minutes once and is then kept in the cache")
    build = Child(
        Launch(
            name="go install",
            command=(go, "install", "-v", "-ldflags", "-s -w", MODULE),
            folder=draft,
            log_file=draft / "build.log",
            pid_file=draft / "build.pid",
            environment={**os.environ, **environment, "GOBIN": str(draft), "CGO_ENABLED": "0"},
        )
    )
    build.start()
    try:
        _watch(build, say)
    finally:
        build.kill()
    program = draft / "temporal"
    if build.exit_code != 0 or not program.is_file():
        say(f"Temporal: the build failed:\n{build.log_tail()}")
        return None
    return program


def _watch(build: Child, say: Say) -> None:
    """Tell every few seconds how far the build is, until it ends or the patience is over."""
    begin = told = time.monotonic()
    while build.running and time.monotonic() - begin < PATIENCE.total_seconds():
        time.sleep(_POLL_SECONDS)
        if time.monotonic() - told >= _TELL_EVERY_SECONDS:
            told = time.monotonic()
            log = build.launch.log_file.read_text(encoding="utf-8", errors="replace")
            say(f"Temporal: {progress(log)}, {told - begin:.0f} s")


def progress(log: str) -> str:
    """How far a build is, read from what ``go install -v`` has written."""
    lines = log.splitlines()
    downloaded = sum(line.startswith("go: downloading ") for line in lines)
    compiled = sum(bool(line) and not line.startswith("go: ") for line in lines)
    return f"{downloaded} modules downloaded, {compiled} packages compiled of about {PACKAGES:,}"
