"""Changes of organisation: units merge, split, are renamed, moved, retired or corrected; what hangs on them follows."""
