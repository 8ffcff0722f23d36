"""The tasks service: who does or reports what, by when."""
