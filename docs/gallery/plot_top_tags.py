"""
Most frequent tags
==================

A bar for each tag with its posts and their share of all, and in the strip on the right the median
points of these posts.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("top", window="week", pages=5)

ax = imd.plot.top_tags(posts, 12)
