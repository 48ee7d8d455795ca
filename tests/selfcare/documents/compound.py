"""Compound files ([MS-CFB]) made by hand: as old Office programs write them, in the plainest order."""

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR, SMALL = 512, 64
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NOBODY = 0xFFFFFFFF

#: [MS-XLS] BOF of a workbook, a sheet's name, the end of the workbook's own records.
BOF = struct.pack("<2H", 0x809, 16) + struct.pack("<2H", 0x600, 5) + bytes(12)
EOF = struct.pack("<2H", 0x0A, 0)
FILEPASS = struct.pack("<2H", 0x2F, 6) + bytes(6)
FIB = struct.pack("<5HH", 0xA5EC, 0xC1, 0, 0x0411, 0, 0) + bytes(500)
FIB_ENCRYPTED = struct.pack("<5HH", 0xA5EC, 0xC1, 0, 0x0411, 0, 0x0100) + bytes(500)


def sheet(kind: int = 0) -> bytes:
    """BoundSheet8: 0 is a sheet, 1 a sheet of Excel 4 macros."""
    return struct.pack("<2HL2B", 0x85, 12, 0, 0, kind) + b"\x04\x00S\x001\x00"[:6]


def xls(*records: bytes) -> bytes:
    return compound({"Workbook": BOF + b"".join(records or (sheet(),)) + EOF})


def doc(fib: bytes = FIB, **storages: tuple[str, ...]) -> bytes:
    return compound({"WordDocument": fib, "1Table": bytes(100)}, storages)


def ppt(content: bytes = b"", user: bytes = b"\x5f\xc0\x91\xe3") -> bytes:
    return compound({"PowerPoint Document": bytes(200) + content, "Current User": bytes(12) + user})


def compound(
    streams: dict[str, bytes], storages: dict[str, tuple[str, ...]] | None = None, *, large: bool = True
) -> bytes:
    """`streams` lie on top, each at least 4,096 bytes long unless `large` is false; `storages` hold empty streams."""
    rows: list[tuple[str, int, int, bytes]] = [("Root Entry", 5, NOBODY, b"")]
    top = []
    for name, inside in (storages or {}).items():
        first = len(rows) + 1
        top.append(len(rows))
        rows.append((name, 1, first if inside else NOBODY, b""))
        rows += [(one, 2, NOBODY, b"") for one in inside]
    for name, content in streams.items():
        top.append(len(rows))
        rows.append((name, 2, NOBODY, content.ljust(4096, b"\0") if large else content))
    return _lay_out(rows, top)


def _lay_out(rows: list[tuple[str, int, int, bytes]], top: list[int]) -> bytes:
    """Sector 0 is the table, 1 the table of small sectors, then the directory, the small stream, the streams."""
    fat: list[int] = [TABLE, END]
    sectors: list[bytes] = [b"", b""]
    small = bytearray()
    small_table: list[int] = []

    def add(content: bytes) -> int:
        first = len(fat)
        parts = [content[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(content), SECTOR)]
        sectors.extend(parts)
        fat.extend([*range(first + 1, first + len(parts)), END])
        return first

    directory = add(bytes(-(-len(rows) // 4) * SECTOR))
    places = {}
    for number, (_name, _kind, _child, content) in enumerate(rows):
        if len(content) >= 4096:
            places[number] = add(content)
        elif content:
            places[number] = len(small_table)
            count = -(-len(content) // SMALL)
            small_table += [*range(places[number] + 1, places[number] + count), END]
            small += content.ljust(count * SMALL, b"\0")
    small_at = add(bytes(small)) if small else END
    entries = []
    for number, (name, kind, inside, content) in enumerate(rows):
        child = inside
        follows = [*top, NOBODY][top.index(number) + 1] if number in top else NOBODY
        size, start = len(content), places.get(number, END)
        if number == 0:
            child, size, start = (top[0] if top else NOBODY), len(small), small_at
        raw = name.encode("utf-16-le")
        entries.append(
            (raw + b"\0\0").ljust(64, b"\0") + struct.pack("<HBB3L", len(raw) + 2, kind, 1, NOBODY, follows, child)
            + bytes(36) + struct.pack("<LQ", start, size)
        )  # fmt: skip
    written = b"".join(entries)
    for at in range(0, len(written), SECTOR):
        sectors[directory + at // SECTOR] = written[at : at + SECTOR].ljust(SECTOR, b"\0")
    assert len(fat) <= 128, "one sector of table is enough for a test"
    sectors[0] = struct.pack(f"<{len(fat)}L", *fat).ljust(SECTOR, b"\xff")
    sectors[1] = struct.pack(f"<{len(small_table)}L", *small_table).ljust(SECTOR, b"\xff")
    head = MAGIC + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9L", 0, 1, directory, 0, 4096, 1 if small_table else END, len(small_table) and 1, END, 0)
    head += struct.pack("<109L", 0, *[FREE] * 108)
    return head + b"".join(sectors)
