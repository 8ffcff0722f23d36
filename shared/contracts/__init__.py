"""The contract with other platforms: every event that leaves a service, its topic, its schema and an example.

Once landed, a version of an event never changes but by an optional addition; anything else is a new version.
"""
