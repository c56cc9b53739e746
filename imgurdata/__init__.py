"""Imgur, as DataFrames."""
