"""Everything that touches the world. Adapters implement the domain's ports and do not know each other."""
