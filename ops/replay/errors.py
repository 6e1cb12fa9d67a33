"""What can go wrong with a replay before or beside the orders themselves, in words for an operator."""

from ops.errors import OperatorError


class HistoryError(OperatorError):
    """The file cannot be read as a history of sales: the text names the line, the column and the remedy."""


class JournalError(OperatorError):
    """The journal of an earlier run is damaged, in use, or belongs to another file."""


class ReplayError(OperatorError):
    """The API did not do what a replay needs; the text says what and what to do."""
