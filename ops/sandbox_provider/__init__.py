"""The sandbox payment provider: an HTTP service of its own; shares only a wire with the order centre."""
