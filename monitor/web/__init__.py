"""The console: pages for the people who review, and the API beside them."""
