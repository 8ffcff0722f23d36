"""The lists an office works from: due this week, overdue, never acknowledged, waiting for a decision; bulk actions."""
