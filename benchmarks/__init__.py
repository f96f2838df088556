"""The measured claims: ``python -m benchmarks`` prints each figure with how it was taken."""
