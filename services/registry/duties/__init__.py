"""Documents, sectors and duties by command: recorded, assigned, amended, revoked, corrected."""
