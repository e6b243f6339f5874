"""Lists of accounts as people have them: CSV of any encoding, separator and language."""
