"""A witness: nobody gets cells not their own, by every history of six steps, random ones and swaps."""
