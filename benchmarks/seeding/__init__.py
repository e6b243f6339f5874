"""A database filled as years of use would: values of the store's own kind, made from a seed."""
