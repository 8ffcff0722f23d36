"""Supervision (督查督办): what time brings about, lights, reminders, slips, the lists an office works from."""
