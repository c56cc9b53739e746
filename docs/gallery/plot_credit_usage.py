"""
Credits, and when they run out
==============================

What is left of the hour, what was spent when, and until when the credits last at the present rate.
This application has 60 credits an hour; Imgur gives 500.
"""

import imgurdata as imd
from imgurdata.sandbox import Sandbox

session = imd.connect(sandbox=Sandbox(limits={"user": 60}))
for page in range(25):
    imd.load_gallery("user", pages=[page])
    imd.load_comments(imd.load_gallery("hot").head(page % 3))
    session.sandbox.advance("4min")

ax = imd.plot.credit_usage(session.credits.history())

# %%
# ``hue`` stacks the credits spent, here by endpoint.

ax = imd.plot.credit_usage(session.credits.history(), hue="endpoint")
