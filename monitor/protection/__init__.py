"""What the people that events are about have a right to, as values: masks, digests, register."""
