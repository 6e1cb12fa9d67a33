"""Tell whether a process id still means the process it was written down for.

Process ids are reused, so a pid file alone must never be a licence to kill.
"""

import subprocess
from pathlib import Path

_PROC = Path("/proc")
_START_TIME = 19  # field 22 of proc_pid_stat(5), counted after the closing bracket of the name


def birth_mark(pid: int) -> str | None:
    """When the process behind ``pid`` was born, in the system's own units; None when there is none.

    A zombie counts as gone: it holds no port, lock or file any more.
    """
    if _PROC.joinpath("self", "stat").exists():
        return _from_proc(pid)
    text = _ps(pid, "stat=,lstart=")
    return None if not text or text.startswith("Z") else text.split(maxsplit=1)[1]


def _from_proc(pid: int) -> str | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[_START_TIME]


def command_line(pid: int) -> str:
    """The command line behind ``pid``, parts joined by spaces; empty when there is no such process."""
    if _PROC.joinpath("self", "stat").exists():
        try:
            return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return _ps(pid, "command=")


def _ps(pid: int, columns: str) -> str:
    """What ``ps`` says; empty when there is no such process."""
    command = ("/bin/ps", "-o", columns, "-p", str(pid))
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    return answer.stdout.strip()
