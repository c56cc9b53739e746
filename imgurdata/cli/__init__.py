"""The command line: ``imgurdata demo``, ``gallery``, ``sign-in`` and others."""
