"""What went wrong, for operators: where it happened and what it says, without the data it happened to."""

import re
import traceback

from selfcare.logs import mask_text

#: How much of it a row keeps.
LONGEST = 4000


def describe(error: BaseException) -> str:
    """The innermost frames of our own code and the first line of the error.

    A database error goes on with `DETAIL: Failing row contains (...)`: a credential's digests among it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    where = "".join(traceback.format_list(ours[-5:]))
    first = re.split(r"\s*(?:DETAIL|CONTEXT|HINT|QUERY):|\n", str(error), maxsplit=1)[0]
    return mask_text(f"{where}{type(error).__name__}: {first}")[-LONGEST:]
