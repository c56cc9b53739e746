"""What to load, and the loading of it."""
