"""
Trends of groups
================

``hue`` names the column whose values are compared: one line each. A post counts for each of its
tags, and the legend has the number of posts of each.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("user", sort="time", pages=None)

ax = imd.plot.gallery_trend(posts, "views", "W", hue="tags", hue_order=["cats", "funny"])
