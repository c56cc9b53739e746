"""Send requests to Imgur: session, cache, transport, authentication."""
