"""What ``orderkeep verify`` finds in a real database."""
