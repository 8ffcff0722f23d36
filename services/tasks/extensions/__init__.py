"""Later due dates: asked before the due date, decided by the office, from the second on by a leader."""
