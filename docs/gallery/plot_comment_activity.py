"""
Comments over time
==================

When is a post talked about, and when do people answer one another? Comments to the post below,
replies on them, and in grey those deleted since.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("top", window="week")
comments = imd.load_comments(posts.nlargest(3, "comment_count"))

ax = imd.plot.comment_activity(comments)
