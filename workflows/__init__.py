"""Time, order of steps and compensation. No clock, no I/O, no randomness of its own."""
