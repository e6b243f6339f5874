"""Log formats: one file each, a line in, events out."""
