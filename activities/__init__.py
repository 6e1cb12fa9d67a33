"""The only way from a workflow to the world: one class per port family, one activity one transaction."""
