"""Whether it is done: each resolution's tasks with light and reasons, the rate per meeting and per body."""
