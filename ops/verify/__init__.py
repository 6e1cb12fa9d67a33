"""``orderkeep verify``: whether everything that is stored is what it was, and agrees. Read-only."""
