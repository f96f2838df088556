import sys

from validation.isncsci_certificates.measure import main

sys.exit(main())
