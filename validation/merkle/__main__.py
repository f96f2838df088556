"""Run the comparison: ``python -m validation.merkle``."""

import sys

from validation.merkle.compare import main

sys.exit(main())
