"""PostgreSQL refuses to run as root: whom it runs as then, and how that account reaches its files."""

import os
import pwd
import stat
from pathlib import Path

from ops.errors import MissingProgramError
from ops.processes.child import Account
from ops.servers.say import Say

_ACCOUNTS = ("postgres", "nobody")
_TRAVERSE = stat.S_IXOTH
_READ = stat.S_IROTH


def postgres_account() -> Account:
    """Our own account for ordinary users; for root an existing unprivileged one.

    Raises:
        MissingProgramError: there is no such account.
    """
    if os.geteuid() != 0:
        return Account()
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    msg = f"PostgreSQL cannot run as root, and none of the accounts {', '.join(_ACCOUNTS)} exists"
    raise MissingProgramError(msg)


def give_to(account: Account, folder: Path) -> None:
    """Make an empty folder belong to another account."""
    if account.user is not None and account.group is not None:
        os.chown(folder, account.user, account.group)


def open_way(target: Path, say: Say) -> None:
    """Let other accounts pass (not list) the folders above ``target``; tells each folder it changes."""
    for folder in reversed(target.absolute().parents):
        mode = folder.stat().st_mode
        if not mode & _TRAVERSE:
            say(f"PostgreSQL cannot run as root; its account may now pass through {folder}")
            folder.chmod(mode | _TRAVERSE)


def open_programs(folder: Path) -> None:
    """Let other accounts read and run an installed tree that a strict umask closed."""
    if folder.stat().st_mode & _TRAVERSE and folder.stat().st_mode & _READ:
        return
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        executable = _TRAVERSE if mode & stat.S_IXUSR else 0
        path.chmod(mode | _READ | executable)
