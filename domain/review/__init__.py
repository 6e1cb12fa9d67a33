"""The review of prices and promotions before they hold: one proposes, another approves (domain rule 6)."""
