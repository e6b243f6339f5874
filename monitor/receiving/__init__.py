"""Takes in what senders of syslog send, and keeps it until the engine has read it."""
