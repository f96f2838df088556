"""Witnesses from outside: other programs, and large runs, against which our numbers are held."""
