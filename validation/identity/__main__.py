"""Run the measurement: ``python -m validation.identity``."""

import sys

from validation.identity.measure import main

sys.exit(main())
