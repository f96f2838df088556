"""Run the comparison: ``python -m validation.isncsci_npm``; with ``--write`` also write its page anew."""

import sys

from validation.isncsci_npm.compare import main

sys.exit(main(write="--write" in sys.argv[1:]))
