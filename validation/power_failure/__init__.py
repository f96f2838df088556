"""The disk as a power failure could leave it, at any moment of a run of the store: is what it said it had
recorded still there, whole, and nothing in part?"""
