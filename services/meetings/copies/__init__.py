"""What the service knows of others from their events: units, members, working days, tasks.

Read in this order: `domain.py`, `consumers.py`, `queries.sql`.
"""
