"""Problems (突出矛盾和问题): raised by a unit, with the office, before a special meeting, resolved (二.2)."""
