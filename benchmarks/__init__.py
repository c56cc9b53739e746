"""Side by side with the peers and the physical floor: ``python -m benchmarks``."""
