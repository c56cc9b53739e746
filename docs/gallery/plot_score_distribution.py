"""
Distribution of points
======================

Most posts get a few points, and some get thousands, so the axis is logarithmic. Bars are stacked by
the kind of post; lines mark the median and the 90th percentile.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery(pages=5)

ax = imd.plot.score_distribution(posts)

# %%
# With ``hue``, an outline for each group shows which share of its posts is in each bin, so that
# large and small groups compare.

ax = imd.plot.score_distribution(posts, hue="is_album", title="Albums and single images")
