"""The views: each asks the rooms below for values, and gives them to a template."""
