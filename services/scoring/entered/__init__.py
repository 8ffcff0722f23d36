"""What people enter: raters' scores on a criterion of kind `panel`, and the office's adjustments.

Both are kept here with who entered them and leave as events; the ledger has them only from the log. An adjustment rests
on a document and needs a second person.
"""
