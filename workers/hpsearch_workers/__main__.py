import sys

from hpsearch_workers.agent.main import main

sys.exit(main())
