"""Files behind posts and images: downloaded, and uploaded."""
