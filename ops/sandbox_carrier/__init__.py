"""The sandbox carrier: an HTTP service of its own; shares only a wire with the order centre."""
