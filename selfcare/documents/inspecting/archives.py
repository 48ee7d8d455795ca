"""ZIP files of customers: every member is a file of a permitted type itself, and none is an archive again."""

from collections.abc import Callable
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from selfcare.documents.filetypes import extension_of
from selfcare.documents.inspecting import zips
from selfcare.documents.inspecting.budget import Budget
from selfcare.documents.refusing import Refused, empty

#: Files in one archive, those counted that systems put in unasked.
MOST_MEMBERS = 200
#: What macOS and Windows put into archives by themselves: by its name, with how it begins.
_UNASKED = {".DS_Store": b"\0\0\0\1Bud1", "Thumbs.db": b"\xd0\xcf\x11\xe0", "desktop.ini": b""}
_APPLE_DOUBLE = b"\0\5\x16\7"
_LARGEST_UNASKED = 256 * 1024

#: Extension and content of a member, what is left to spend; whether it has macros. Raises Refused.
Look = Callable[[str, bytes, Budget], bool]


def look(content: bytes, budget: Budget, look_at: Look) -> bool:
    """Whether any member has macros. Raises Refused, naming the member."""
    has_macros, count = False, 0
    for member in zips.members(content, most=MOST_MEMBERS, budget=budget):
        if _is_unasked(member):
            continue
        count += 1
        try:
            has_macros |= _look_at(member, budget, look_at)
        except Refused as error:
            raise Refused(
                _("ZIPの中の「%(name)s」：%(reason)s") % {"name": member.name, "reason": str(error)}
            ) from error
    if not count:
        raise Refused(_("ZIPの中にファイルがありません。"))
    return has_macros


def _look_at(member: zips.Member, budget: Budget, look_at: Look) -> bool:
    extensions = {extension_of(name) for name in member.names}
    if "zip" in extensions:
        raise Refused(_("ZIPの中にZIPは入れられません。1つのZIPにまとめ直してください。"))
    if len(extensions) != 1:
        raise Refused(_("名前が2通りに読めます。名前を変えて作り直してください。"))
    if not member.content:
        raise empty()
    return look_at(extensions.pop(), member.content, budget)


def _is_unasked(member: zips.Member) -> bool:
    path = PurePosixPath(member.name)
    if len(member.names) > 1 or len(member.content) > _LARGEST_UNASKED:
        return False
    if path.parts[0] == "__MACOSX" and path.name.startswith("._"):
        return member.content.startswith(_APPLE_DOUBLE)
    begins = _UNASKED.get(path.name)
    return begins is not None and member.content.startswith(begins)
