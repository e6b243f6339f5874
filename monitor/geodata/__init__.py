"""Location databases: which are in use, fetched anew, tried before they are used, and built."""
