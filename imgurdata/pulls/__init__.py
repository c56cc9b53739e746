"""Load many answers as one frame: what to request, what it takes, how it runs."""
