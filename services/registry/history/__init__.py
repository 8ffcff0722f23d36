"""What was known when: every row of a fact with both its times, and the changes that made it."""
