"""The operators' pages of lines; importing this registers them, and what they add to the operators' home."""

from lines.admin import carriers, catalogue, lines, porting, sims

carriers.register()

__all__ = ["carriers", "catalogue", "lines", "porting", "sims"]
