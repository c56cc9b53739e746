"""
Several charts in one figure
============================

Every chart draws on the Axes that it is given. Text is smaller on small Axes, and style sheets
hold.
"""

import matplotlib.pyplot as plt

import imgurdata as imd

session = imd.connect(sandbox=True)
posts = imd.load_gallery("user", pages=5)

figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
imd.plot.gallery_trend(posts, ax=axes[0, 0], title="Points")
imd.plot.top_tags(posts, 8, ax=axes[0, 1])
imd.plot.virality(posts, ax=axes[1, 0])
ax = imd.plot.score_distribution(posts, ax=axes[1, 1])
