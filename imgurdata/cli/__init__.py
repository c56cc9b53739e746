"""The command line: ``imgurdata demo``, ``credits``, ``fetch``, ``sign-in`` and others."""
