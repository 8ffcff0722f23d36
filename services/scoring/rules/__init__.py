"""The rule kinds of assessment methods, one file per family. Pure: no I/O, clock or randomness.

A rule says which events are evidence (`evidence`) and what a tally of evidence is worth (`score`).
"""
