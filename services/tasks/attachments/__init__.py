"""Files that belong to tasks: kept in a file store, named in the history of the transitions they came with."""
