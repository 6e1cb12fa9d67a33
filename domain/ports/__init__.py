"""What the business needs from the world, as protocols named by role. Implementations live in adapters."""
