"""Where log lines come from, each read with an exact cursor."""
