"""From findings to incidents and responses; pure, but for what is in `responders/`."""
