"""What sandbox services share: storage, scripted faults, and callbacks that are sent until they arrive."""
