"""Questions about the past that have no answer."""

from __future__ import annotations

from domain.errors import DomainError


class VersionNotReachedError(DomainError):
    """It has not come to that version yet; `head` is the newest there is."""

    code = "version_not_reached"


class NotYetThereError(DomainError):
    """At that time nothing of it was known yet; `began_at` is when its first event was stored."""

    code = "not_yet_there"
