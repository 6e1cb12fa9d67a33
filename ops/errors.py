"""Failures an operator can act on; the command line prints their text without a traceback.

They never carry business meaning: those errors live in ``domain.errors``.
"""


class OperatorError(Exception):
    """What went wrong and, where there is one, the remedy, in words for an operator."""


class StartupError(OperatorError):
    """A process did not become ready before its deadline, or ended while starting."""


class FolderInUseError(OperatorError):
    """Another runner of this project holds the data folder."""


class PortError(OperatorError):
    """A configured port is taken by somebody else or is no port, or there is no free one."""


class MissingProgramError(OperatorError):
    """A program is neither on this machine nor obtainable; the text names the remedies."""


class NotConfiguredError(OperatorError):
    """Production was asked for without the addresses of its servers."""


class NotOurServerError(OperatorError):
    """A configured server was asked to stop or start; only embedded ones are ours to drive."""
