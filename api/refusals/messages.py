"""What is wrong with a command that came as a message."""

from __future__ import annotations

from api.refusals.rule import Rule

MESSAGES = {
    "unknown_operation": Rule(400, "No such operation", "Use one of the names in known."),
    "message_key_missing": Rule(
        400, "The message has no key", "Send it under the id of its order, or any key for a new one."
    ),
    "reply_topic_not_allowed": Rule(
        400, "Answers do not go there", "Name a reply topic as allowed says, or none."
    ),
}
