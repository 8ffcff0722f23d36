"""Before the meeting: who is invited, the agenda, papers asked of units, clashes, and what is moved or called off."""
