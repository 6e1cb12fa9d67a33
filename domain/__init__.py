"""The business: rules, states and money. Standard library only; no clock, no I/O."""
