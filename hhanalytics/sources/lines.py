"""Where rows and cells of delimited text begin and end, by whole arrays and with quotes respected.

One pass over the bytes finds every separator and line end outside quotes. That tells rows of the wrong
width, quotes that are not closed and line ends that are mixed, before anything is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hhanalytics.sources.encodings import Text, refuse

_QUOTE: Final = ord('"')
#: Bytes looked at in one step.
_STEP: Final = 1 << 19
Places = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """The rows of a text.

    Attributes:
        data: The text, its lines ended by LF or CR LF.
        ends: Where each row ends, its line end included.
        widths: Cells of each row; 0 where the row is blank.
        breaks: Line ends that stand inside quotes.
    """

    data: bytes
    ends: Places
    widths: npt.NDArray[np.uint16]
    breaks: Places

    def start(self, row: int) -> int:
        """Where a row starts."""
        return int(self.ends[row - 1]) if row else 0

    def lines(self, rows: Places) -> Places:
        """The lines in which rows start, from 1."""
        if not len(self.breaks):
            return rows + 1
        starts = np.where(rows > 0, self.ends[np.maximum(rows - 1, 0)], 0)
        return rows + 1 + np.searchsorted(self.breaks, starts)

    def line(self, row: int) -> int:
        """The line in which a row starts."""
        return int(self.lines(np.array([row]))[0])

    def row(self, row: int) -> str:
        """A row as it stands, without its line end."""
        return self.data[self.start(row) : self.ends[row]].decode(errors="replace").rstrip("\r\n")


def find_rows(text: Text, separator: str) -> Rows:
    """All rows of a text.

    Raises:
        InvalidData: A quote that is not closed or stands inside a cell, or line ends of several kinds.
    """
    data = text.data
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    if not data.endswith(b"\n"):
        data += b"\n"
    quoted = b'"' in data
    mark = ord(separator)
    # Small numbers where they do: a million rows have as many places.
    small = np.uint32 if len(data) < 1 << 32 else np.uint64
    ends: list[Places] = []
    counts: list[npt.NDArray[np.uint16]] = []
    breaks: list[Places] = []
    carried, open_quote, returns = 0, 0, 0
    whole = np.frombuffer(data, np.uint8)
    if quoted:
        _check_quotes(text, whole, mark)
    for start in range(0, len(whole), _STEP):
        part = whole[start : start + _STEP]
        newline, sep = part == 10, part == mark
        if quoted:
            parity = np.cumsum(part == _QUOTE, dtype=np.int32) + open_quote
            inside = (parity & 1).astype(bool)
            open_quote = int(parity[-1] & 1)
            breaks.append((np.flatnonzero(newline & inside) + start).astype(np.int64))
            newline &= ~inside
            sep &= ~inside
            returns += int(((part == 13) & ~inside).sum())
        at = np.flatnonzero(newline)
        before = np.searchsorted(np.flatnonzero(sep), at)
        found = np.diff(before, prepend=0)
        if len(at):
            found[0] += carried
            carried = int(sep.sum()) - int(before[-1])
        else:
            carried += int(sep.sum())
        ends.append((at + (start + 1)).astype(small))
        counts.append(np.minimum(found + 1, 65_535).astype(np.uint16))
    widths = np.concatenate(counts)
    rows = Rows(data, np.concatenate(ends), widths, np.concatenate([np.zeros(0, np.int64), *breaks]))
    del ends, counts
    _check_line_ends(text, rows, whole, returns if quoted else data.count(b"\r"))
    # A row of blanks alone is no row; it starts with a blank.
    alone = np.flatnonzero(widths == 1)
    if len(alone):
        starts = np.where(alone > 0, rows.ends[np.maximum(alone - 1, 0)], 0)
        for row in alone[np.isin(whole[starts], (9, 10, 13, 32))]:
            if not rows.row(row).strip():
                widths[row] = 0
    return rows


def _check_quotes(text: Text, whole: npt.NDArray[np.uint8], mark: int) -> None:
    """A quote opens at the beginning of a cell and closes at its end; inside it is doubled."""
    place = np.flatnonzero(whole == _QUOTE)
    opening, closing = place[::2], place[1::2]
    edges = np.array([mark, 10, 13, _QUOTE], np.uint8)
    before = whole[np.maximum(opening - 1, 0)]
    bad = opening[(opening > 0) & ~np.isin(before, edges)]
    # A quote before an opening one belongs to the same cell only if it has just closed it: "".
    after = whole[np.minimum(closing + 1, len(whole) - 1)]
    bad_after = closing[(closing + 1 < len(whole)) & ~np.isin(after, edges)]
    first = min((int(each[0]) for each in (bad, bad_after) if len(each)), default=-1)
    if first >= 0:
        mend = "Put the whole cell in quotes and double the quotes inside it."
        refuse(
            "bad_quote", text.name, text.line(first), None, "a quote inside a cell", "quotes around whole cells", mend
        )
    if len(place) % 2:
        # The one that opens and is never closed is the last that stands at the beginning of a cell.
        last = int(opening[-1])
        refuse("bad_quote", text.name, text.line(last), None, "a quote that is not closed", "its end", "Close it.")


def _check_line_ends(text: Text, rows: Rows, whole: npt.NDArray[np.uint8], returns: int) -> None:
    """Lines end in one way, all of them."""
    data = rows.data
    if b"\r" not in data:
        return
    before = (rows.ends >= 2) & (whole[np.maximum(rows.ends, 2) - 2] == 13)
    if len(before) > 1 and not text.data.endswith(b"\n"):
        before = before[:-1]  # the last line has no end of its own
    mend = "Save the file again with one kind of line end."
    if len(before) and before.any() != before.all():
        other = int(np.flatnonzero(before != before[0])[0])
        found = "lines that end in CR LF and lines that end in LF"
        refuse("mixed_line_ends", text.name, rows.line(other), None, found, "one kind of line end", mend)
    if returns != int(before.sum()):
        place = next((i for i in _returns(data) if data[i + 1 : i + 2] != b"\n"), 0)
        row = text.data.count(b"\n", 0, place) + 1
        refuse("mixed_line_ends", text.name, row, None, "a CR alone", "CR LF or LF", mend)


def _returns(data: bytes) -> list[int]:
    return [int(place) for place in np.flatnonzero(np.frombuffer(data, np.uint8) == 13)]
