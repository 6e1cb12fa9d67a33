"""What was: states of streams at any version and time, when a state is worth keeping, and who did what."""
