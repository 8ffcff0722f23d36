"""Filling the registry from a file: `python -m services.registry.seed FILE`."""
