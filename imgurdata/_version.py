"""Version of the running code.

Read once, when it is imported: an upgrade while a program runs removes the metadata for a moment,
and then describes code that is not running.
"""

from importlib.metadata import version

__all__ = ["VERSION"]

VERSION = version("imgurdata")
