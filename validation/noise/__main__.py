"""Run the measurement: ``python -m validation.noise``."""

import sys

from validation.noise.measure import main

sys.exit(main())
