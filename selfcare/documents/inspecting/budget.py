"""What one upload may cost while it is looked into, and what is refused wherever it is found."""

from django.utils.translation import gettext as _

from selfcare.documents.refusing import Refused

#: Bytes that all archives of one upload may unpack to, those within others included, and one member of them: it is
#: held in memory while it is looked at.
MOST_UNPACKED = 100 * 1024 * 1024
MOST_OF_MEMBER = 50 * 1024 * 1024

# The test file of the antivirus makers (EICAR), in two halves: whole, it would make scanners move this file away.
_TEST_FILE = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def refuse_malware(content: bytes) -> None:
    """Raises Refused."""
    if _TEST_FILE in content:
        raise Refused(_("ウイルス（EICARテストファイル）が見つかったため、受け付けていません。"))


class Budget:
    """Counts down over all archives of one upload, so that many small ones cost no more than a large one."""

    def __init__(self, unpacked: int = MOST_UNPACKED) -> None:
        self.left = unpacked

    def spend(self, size: int) -> None:
        """Call it before unpacking. Raises Refused."""
        self.left -= size
        if self.left < 0 or size > MOST_OF_MEMBER:
            raise Refused(
                _(
                    "展開すると大きくなりすぎるファイルです（合計%(most)dMB、1つ%(one)dMBまで）。内容を分けてお送りください。"
                )
                % {"most": MOST_UNPACKED // (1024 * 1024), "one": MOST_OF_MEMBER // (1024 * 1024)}
            )
