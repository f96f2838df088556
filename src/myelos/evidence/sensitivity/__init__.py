"""What else could explain a result: biases, missing people, other splits, and the plane of beliefs."""
