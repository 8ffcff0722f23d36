"""A consistent starting copy of the registry, with the position from which to follow its topic."""
