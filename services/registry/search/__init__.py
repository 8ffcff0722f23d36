"""One question over all that is written: names of units, words of duties, entries of registers."""
