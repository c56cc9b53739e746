"""
Points by age
=============

How many points does a post have after an hour, after a day? A dot for each post, at its age when it
was loaded, and the median by age.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery(pages=5)

ax = imd.plot.virality(posts)
