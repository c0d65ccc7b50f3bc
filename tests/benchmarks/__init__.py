"""Measures every step of a sync beside what the machine can do: ``python -m tests.benchmarks``."""
