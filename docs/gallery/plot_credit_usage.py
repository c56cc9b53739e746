"""
Credits, and when they run out
==============================

What is left of the hour, what was spent when, and until when the credits last at the present rate.
"""

import imgurdata as imd

session = imd.connect(sandbox=True)
for page in range(10):
    imd.load_gallery("user", pages=[page])
    session.sandbox.advance("2min")

ax = imd.plot.credit_usage(session.credits.history())

# %%
# ``hue`` stacks the credits spent, here by endpoint.

imd.load_comments(imd.load_gallery("hot").head(15))
ax = imd.plot.credit_usage(session.credits.history(), hue="endpoint")

# %%
session.close()
