"""Run the witness: ``python -m validation.durability``."""

import sys

from validation.durability.measure import main

sys.exit(main())
