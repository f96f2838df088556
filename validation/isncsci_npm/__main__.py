"""Run the comparison: ``python -m validation.isncsci_npm``."""

import sys

from validation.isncsci_npm.compare import main

sys.exit(main())
