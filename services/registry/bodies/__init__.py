"""Bodies and their members by command: set up, changed, and adjusted all or nothing (二.2)."""
