"""Run the comparison: ``python -m validation.between_cohort_r``."""

import sys

from validation.between_cohort_r.compare import main

sys.exit(main())
