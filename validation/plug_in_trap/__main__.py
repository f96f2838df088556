"""Run the measurement: ``python -m validation.plug_in_trap``."""

import sys

from validation.plug_in_trap.measure import main

sys.exit(main())
