"""Runs the command line: ``python -m data_sync``."""

import sys

from data_sync.cli import main

sys.exit(main())
