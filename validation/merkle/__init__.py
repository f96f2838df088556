"""A witness: pymerkle's tree and proofs beside ours."""
