"""HTTP routes, one file for each kind of resource. They translate; use cases are elsewhere."""
