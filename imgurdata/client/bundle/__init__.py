"""A study's answers in one file."""
