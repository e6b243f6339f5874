"""One file for each kind of thing that is forgotten; whatever lies here is found."""
