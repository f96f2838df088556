"""Own control against natural recovery."""
