"""Money from outside: facts of a provider and what they add up to."""
