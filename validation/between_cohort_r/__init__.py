"""A witness: R's lme4 beside our SD between cohorts."""
