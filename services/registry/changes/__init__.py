"""Changes of the registry: who, when, by which document; and the days that a change takes from what is known."""
