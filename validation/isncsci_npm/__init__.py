"""A witness: the npm package ``isncsci`` 2.0.6 (Praxis) beside our classifier on made-up examinations, fully
tested, with cells that could not be tested, and with tags."""
