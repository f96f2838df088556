"""Run the measurement: ``python -m validation.mutants [--in FOLDER] [MODULE ...]``."""

import sys

from validation.mutants.measure import main

sys.exit(main(sys.argv[1:]))
