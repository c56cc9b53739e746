"""
Growth from snapshot to snapshot
================================

One pull shows how many points a post has; snapshots show how it got them. The sandbox's clock is
its own, so that a day of snapshots takes a few seconds here.
"""

import tempfile

import imgurdata as imd

session = imd.connect(sandbox=True)
archive = imd.Archive(tempfile.mkdtemp())
imd.collect(archive, [imd.Pull("gallery", pages=2)], every="2h", until="24h")

ax = imd.plot.score_history(archive.history())
