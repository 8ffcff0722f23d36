"""After the meeting: minutes (会议纪要) drafted, reviewed, signed and numbered, published, corrected, searched.

`domain.py` says what minutes are, `drafting.py` writes the first draft, `copies.py` makes the copy that one reader may
have: every view, search and export of minutes goes through it.
"""
