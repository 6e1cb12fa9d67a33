"""Speaking with other services: the publisher of our events, and the consumers of messages."""
