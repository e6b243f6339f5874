"""Learned models: where their examples come from, how they are trained, kept and told of."""
