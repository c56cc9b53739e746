"""Archive of snapshots over time: storage, engines, collecting and what time tells."""
