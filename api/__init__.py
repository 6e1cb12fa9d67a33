"""HTTP in front of the order centre: translates, guards, and places orders. Business rules are in domain."""
