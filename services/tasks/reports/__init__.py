"""Reports: what units are to report for which period, what they submitted, and whether in time."""
