"""Division plans (年度工作要点及分工方案): drafted, commented, adopted, issued as one act, amended by editions."""
