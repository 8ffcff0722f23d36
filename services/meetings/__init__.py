"""Meetings: what was decided, who does it by when, and whether it is done (永政办发〔2009〕106号 二.1, 二.3).

Read in this order: `app.py` (what the service is made of), `api.py` (what can be asked of it), `operations.py` (what
a command does), `domain.py` (the rules), `queries.sql` (what is stored), `consumers.py` (what it hears from others).
"""
