"""The tables, and all the SQL there is."""
