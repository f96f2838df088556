"""A witness: the gates changed in every small way, and whether the tests notice."""
