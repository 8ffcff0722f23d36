"""At the meeting: who attended and how, whether there is a quorum, what was decided on each item, what was resolved."""
