"""From closing to publication: preliminary standings, the appeal window, appeals, the published result, its sheets.

What was counted is kept at closing; a decided appeal is evidence of its own. A published result never changes: late
events are shown as what they would have changed, and a later edition stands beside its predecessor.
"""
