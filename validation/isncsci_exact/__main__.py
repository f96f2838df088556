import sys

from validation.isncsci_exact.compare import main

sys.exit(main())
