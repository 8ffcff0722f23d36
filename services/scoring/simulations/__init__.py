"""Simulations: what a draft method would make of the real log, beside the method in force."""
