"""Is every set of results exact? 100,000 examinations against the enumeration of their completions."""
