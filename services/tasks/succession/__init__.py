"""Merged, split and retired units: their open work passes to the unit that follows."""
