"""The review of prices and promotions before they hold: proposed by one, approved by another (domain rule 6)."""
