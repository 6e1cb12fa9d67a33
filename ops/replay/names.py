"""Identifiers that the API accepts, made from whatever a history holds. Same text, same name."""

import hashlib
from urllib.parse import quote

from domain.catalogue.items import LONGEST_ID


def identifier(prefix: str, text: str) -> str:
    """Printable ASCII without blanks, at most 100 characters; long texts are replaced by their hash."""
    name = f"{prefix}-{quote(text, safe='')}"
    return name if len(name) <= LONGEST_ID else f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
