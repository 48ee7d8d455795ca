"""Short secrets in long texts: pages, logs and rows hold UUIDs, tokens and fractions of seconds, in which three or
four characters occur by chance."""

import re


def stands_in(short: str, text: str) -> bool:
    """Whether `short` stands there by itself, not as a part of a longer word or number."""
    return re.search(rf"(?<![0-9A-Za-z_.-]){re.escape(short)}(?![0-9A-Za-z_-])", text) is not None
