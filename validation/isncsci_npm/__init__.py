"""A witness: the npm package ``isncsci`` 2.0.6 (Praxis) beside our classifier on 10,000 made-up exams."""
