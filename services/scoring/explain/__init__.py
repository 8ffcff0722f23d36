"""Why a number is what it is: at any moment, by event time and by record time, and what changed between two moments."""
