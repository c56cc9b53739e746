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
imd.collect(archive, [imd.Pull("gallery", pages=3)], every="1h", until="24h")

history = archive.history()
ax = imd.plot.score_history(history)

# %%
# :func:`imgurdata.velocity` tells how many views a post gained an hour, so that it shows how
# attention falls. These are the three that rose fastest, of those whose arrival was seen.

speed = imd.velocity(history)
lives = imd.lifetimes(history)
titles = archive.latest(columns=["id", "title"])[["id", "title"]]
best = lives[~lives["censored_start"]].nlargest(3, "peak")["id"]
rise = speed[speed["id"].isin(best)].merge(titles, on="id")

ax = imd.plot.score_history(rise, "views_per_hour", hue="title")
