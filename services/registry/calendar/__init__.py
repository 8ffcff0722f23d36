"""The county's calendar of a year, as the office sets it (节假日与调休)."""
