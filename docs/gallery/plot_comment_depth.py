"""
Depth of threads
================

How far down does a conversation go, and is it worth reading there? The number of comments at each
depth, and their median points.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("top", window="week")
comments = imd.load_comments(posts.nlargest(10, "comment_count"))

ax = imd.plot.comment_depth(comments)
