"""The registers that duties create: standards, trademarks, associations and their work, programmes, policies.

One mechanism for all: `kinds.py` declares what each register keeps; the rest is the same for each.
"""
