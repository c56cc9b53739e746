"""What an answer holds: envelope, records, schema, frames."""
