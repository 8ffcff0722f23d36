"""Milestones: the nodes through which a task goes, from templates by kind of work; dated ones light a task yellow."""
