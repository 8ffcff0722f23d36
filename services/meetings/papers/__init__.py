"""What leaves the office on paper: notice and minutes as Word and PDF, meetings as iCalendar.

`paper.py` says what a paper holds, as text in reading order; `word.py`, `pdf.py` (layout in `*.typ`) and `calendar.py`
set it. Nothing here decides who may read what: that is done before a paper is made.
"""
