"""A witness: stopping rules beside every sequence one by one, and beside R's binomial and beta."""
