"""A whole made-up trial of twenty people, run through the rules of a protocol: no database, no clock."""
