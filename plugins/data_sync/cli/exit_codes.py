"""What the exit status of a command means to a script."""

EXIT_FAILED = 1
"""Something is wrong that a retry does not cure: the configuration, the data, a permission."""

EXIT_DEGRADED = 3
"""``status`` found a table Degraded and none Unhealthy. 2 is taken: argparse ends wrong usage with it."""

EXIT_UNHEALTHY = 4
"""``status`` found a table Unhealthy."""

EXIT_TRY_AGAIN = 75
"""Something outside failed in a way that often passes; EX_TEMPFAIL of sysexits.h."""

EXIT_SIGNAL = 128
"""Plus the number of the signal that ended the command: 130 for Ctrl-C."""
