"""Files that belong to reports: the attachments of briefings (年中、年末工作情况汇报), papers and statistics."""
