"""What is written to people about incidents and measures, in English and in French."""
