"""What the mechanism obliges bodies to: which session, when in the year, what it must hear or decide.

永政办发〔2009〕106号 二.1 and 二.2. `domain.py` has the rules, `watch.py` opens each year and notices lapses,
`python -m services.meetings.obligations <file>` loads a county's mechanism.
"""
