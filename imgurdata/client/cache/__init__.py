"""What is kept of answers: the file, how fresh they are, what stands in it."""
