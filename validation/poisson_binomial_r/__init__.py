"""A witness: R's PoissonBinomial and binom.test beside our distribution and our exact interval."""
