"""Replays histories: `PYTHONPATH=tests python -m faults.simulation SEED...`."""

import sys

from faults.simulation.history import main

sys.exit(main(sys.argv[1:]))
