"""Read models kept from the event feed: who may write them, how they are folded, rebuilt and read."""
