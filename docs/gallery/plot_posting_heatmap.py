"""
Hours of the week
=================

When do people post? The color is the mean number of posts in that hour of the week, so that days
which the data cover more often do not look busier.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("user", sort="time", pages=None)

ax = imd.plot.posting_heatmap(posts, tz="Europe/Oslo")
