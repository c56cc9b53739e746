"""
Trend of a gallery
==================

Do posts get more points than a few days ago? A line of the median with the middle half of the
posts, and the number of posts of each bin along the lower edge.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("user", sort="time", pages=20)

ax = imd.plot.gallery_trend(posts)

# %%
# From the dotted line on, posts were younger than a day when they were loaded. These still gain
# points, so that the end of every trend seems to fall: compare posts of the same age with
# :func:`imgurdata.plot.virality` instead.
#
# ``agg="count"`` tells how many posts there are, ``freq`` the width of bins, and ``tz`` where
# midnight is.

ax = imd.plot.gallery_trend(posts, agg="count", freq="12h", tz="Europe/Oslo")
