"""Run the measurement: ``python -m validation.power_failure``."""

import sys

from validation.power_failure.measure import main

sys.exit(main())
