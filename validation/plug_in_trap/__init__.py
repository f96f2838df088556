"""A large run: what plugging historical rates in as if they were known does to the size of a test."""
