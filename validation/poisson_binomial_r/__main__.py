"""Run the comparison: ``python -m validation.poisson_binomial_r``."""

import sys

from validation.poisson_binomial_r.compare import main

sys.exit(main())
