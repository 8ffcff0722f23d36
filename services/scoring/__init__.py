"""Scoring: every domain event folded by the method in force into ledger, tallies, scores and standings."""
