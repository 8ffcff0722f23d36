"""Finding tasks: filters, sort orders, counts per facet, and what one unit has before it."""
