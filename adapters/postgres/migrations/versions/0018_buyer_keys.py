"""Keys of buyers' personal data."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# `wrapped` is the buyer's key behind the master key that `wrapped_by` names; both are empty once destroyed.
KEYS = """
CREATE TABLE buyer_keys (
    buyer_id   text PRIMARY KEY,
    key_id     text        NOT NULL UNIQUE,
    wrapped    bytea       NOT NULL,
    wrapped_by text        NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    erased_by  text,
    erased_at  timestamptz,
    CHECK ((erased_at IS NULL) = (octet_length(wrapped) > 0)),
    CHECK ((erased_at IS NULL) = (erased_by IS NULL))
)
"""

# For whoever puts keys behind a new master key.
IN_USE = "CREATE INDEX buyer_keys_in_use ON buyer_keys (wrapped_by) WHERE erased_at IS NULL"

# Neither a repair by hand nor a restored row gives an erased buyer a key again.
REFUSE = """
CREATE FUNCTION refuse_revived_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.erased_at IS NOT NULL
       OR (NEW.buyer_id, NEW.key_id) IS DISTINCT FROM (OLD.buyer_id, OLD.key_id) THEN
        RAISE EXCEPTION '% on buyer_keys refused: what was erased stays erased', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

GUARD = """
CREATE TRIGGER buyer_keys_are_destroyed_for_good
    BEFORE UPDATE OR DELETE ON buyer_keys FOR EACH ROW EXECUTE FUNCTION refuse_revived_key()
"""


def upgrade() -> None:
    """Create the table and its guard."""
    for statement in (KEYS, IN_USE, REFUSE, GUARD):
        op.execute(statement)


def downgrade() -> None:
    """Refused: without keys nothing that was sealed can be read. Restore a backup instead."""
    message = "keys cannot be taken back"
    raise RuntimeError(message)
