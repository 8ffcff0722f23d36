"""Posts, who is in them, and what they are in charge of (归口、分管)."""
