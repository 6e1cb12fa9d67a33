"""Order intake, request log, payment attempts, callback inbox, and the outboxes of alerts and notices."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# `repeats` counts how often the same request came again; `due_at` is when the relay may look (again).
INTAKE = """
CREATE TABLE order_intake (
    order_id      text PRIMARY KEY,
    number        text        NOT NULL UNIQUE,
    caller        text        NOT NULL,
    key           text        NOT NULL,
    digest        text        NOT NULL,
    command       jsonb       NOT NULL,
    total         bigint      NOT NULL,
    currency      text        NOT NULL,
    merchants     text[]      NOT NULL,
    accepted_at   timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    started       boolean     NOT NULL DEFAULT false,
    answer_status integer,
    answer_body   text,
    repeats       integer     NOT NULL DEFAULT 0,
    UNIQUE (caller, key),
    CHECK ((answer_status IS NULL) = (answer_body IS NULL)),
    CHECK (started OR answer_status IS NULL)
) WITH (fillfactor = 80)
"""

INTAKE_DUE = "CREATE INDEX order_intake_due ON order_intake (due_at) WHERE NOT started"

# The next two need not wait for the disk: what a crash loses of them is only that the relay asks Temporal
# once more, and that the answer is derived again from the order's events. The setting ends with the
# transaction, which is this call.
STARTED = """
CREATE FUNCTION mark_order_started(p_order_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE order_intake o SET started = true WHERE o.order_id = p_order_id AND NOT o.started;
END
$$
"""

ANSWERED = """
CREATE FUNCTION keep_order_answer(p_order_id text, p_status integer, p_body text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE order_intake o SET answer_status = p_status, answer_body = p_body, started = true
        WHERE o.order_id = p_order_id AND o.answer_status IS NULL;
END
$$
"""

REQUESTS = """
CREATE TABLE request_log (
    scope         text        NOT NULL,
    key           text        NOT NULL,
    digest        text        NOT NULL,
    begun_at      timestamptz NOT NULL,
    locked_until  timestamptz NOT NULL,
    claim         text        NOT NULL,
    answer_status integer,
    answer_body   text,
    PRIMARY KEY (scope, key),
    CHECK ((answer_status IS NULL) = (answer_body IS NULL))
)
"""

ATTEMPTS = """
CREATE TABLE payment_attempts (
    key        text PRIMARY KEY,
    order_id   text        NOT NULL,
    provider   text        NOT NULL,
    amount     bigint      NOT NULL,
    currency   text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""

# `raw` is what was signed, for disputes.
INBOX = """
CREATE TABLE callback_inbox (
    provider        text        NOT NULL,
    event_id        text        NOT NULL,
    payment_key     text        NOT NULL,
    kind            text        NOT NULL,
    amount          bigint      NOT NULL,
    currency        text        NOT NULL,
    occurred_at     timestamptz NOT NULL,
    refund_key      text,
    raw             bytea       NOT NULL,
    received_at     timestamptz NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    postponed_until timestamptz,
    delivered_at    timestamptz,
    repeats         integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, event_id)
)
"""

INBOX_WAITING = (
    "CREATE INDEX callback_inbox_waiting ON callback_inbox (received_at) WHERE delivered_at IS NULL"
)

ALERTS = """
CREATE TABLE alerts (
    key       text PRIMARY KEY,
    number    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    level     text        NOT NULL,
    code      text        NOT NULL,
    order_id  text        NOT NULL,
    facts     jsonb       NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now()
)
"""

NOTICES = """
CREATE TABLE buyer_notices (
    key        text PRIMARY KEY,
    number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    buyer_id   text        NOT NULL,
    order_id   text        NOT NULL,
    code       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""

_INTAKE_PART = (INTAKE, INTAKE_DUE, STARTED, ANSWERED, REQUESTS)
_OTHER_PARTS = (ATTEMPTS, INBOX, INBOX_WAITING, ALERTS, NOTICES)


def upgrade() -> None:
    """Create the tables and functions of the front door."""
    for statement in (*_INTAKE_PART, *_OTHER_PARTS):
        op.execute(statement)


def downgrade() -> None:
    """Refused: accepted orders and received callbacks are the only copy. Restore a backup instead."""
    message = "accepted orders cannot be forgotten"
    raise RuntimeError(message)
