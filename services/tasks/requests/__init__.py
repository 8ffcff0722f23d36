"""Transitions that somebody who may not make them asks the office for."""
