"""Benchmarks beside other clients and the physical minimum: ``python -m benchmarks``."""
