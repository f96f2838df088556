"""Run the comparison: ``python -m validation.stopping_boundaries``."""

import sys

from validation.stopping_boundaries.compare import main

sys.exit(main())
