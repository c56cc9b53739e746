"""Variants: each function prepares one way to do a work (:class:`~benchmarks.trial.Trial`).

A module imports at its top what its ways need, so that imports are done before anything is timed.
"""
