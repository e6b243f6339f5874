"""What acts on the world: a file for each kind of responder, found by being there."""
