"""Run the measurement: ``python -m validation.deterioration_noise``."""

import sys

from validation.deterioration_noise.measure import main

sys.exit(main())
