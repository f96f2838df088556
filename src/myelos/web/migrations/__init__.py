"""The tables of what the pages keep."""
