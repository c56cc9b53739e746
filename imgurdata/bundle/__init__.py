"""Keep the answers behind a study in one file."""
