"""The audit as values: entries in a chain of digests, what is signed of it, and its proof."""
