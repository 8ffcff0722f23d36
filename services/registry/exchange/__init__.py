"""The registry as files and back: lists with Chinese headers, export, import as a plan that is applied, differences.

A fact travels as a *record*: its values by field, codes for what it refers to, days as YYYY-MM-DD. `lists.py` declares
which lists there are and what their columns are called; reading, comparing and writing follow from that.
"""
