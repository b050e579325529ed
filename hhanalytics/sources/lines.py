"""Where rows and cells of delimited text begin and end, by whole arrays and with quotes respected.

One pass over the bytes finds every separator and line end outside quotes. That tells rows of the wrong
width, quotes that are not closed and line ends that are mixed, before anything is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from hhanalytics.sources.encodings import Text, refuse

_QUOTE: Final = ord('"')
_STEP: Final = 1 << 22
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """The rows of a text.

    Attributes:
        data: The text, its lines ended by LF or CR LF.
        starts: Where each row starts.
        ends: Where each row ends, its line end included.
        lines: The line in which each row starts, from 1.
        widths: Cells of each row; 0 where the row is blank.
        quoted: Whether the text has quotes at all.
    """

    data: bytes
    starts: Places
    ends: Places
    lines: Places
    widths: npt.NDArray[np.int32]
    quoted: bool


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
    ends: list[Places] = []
    counts: list[npt.NDArray[np.int64]] = []
    breaks: list[Places] = []
    carried, open_quote = 0, 0
    whole = np.frombuffer(data, np.uint8)
    if quoted:
        _check_quotes(text, whole, data, mark)
    for start in range(0, len(whole), _STEP):
        part = whole[start : start + _STEP]
        newline, sep = part == 10, part == mark
        if quoted:
            parity = np.cumsum(part == _QUOTE, dtype=np.int64) + open_quote
            inside = (parity & 1).astype(bool)
            open_quote = int(parity[-1] & 1)
            breaks.append(np.flatnonzero(newline & inside) + start)
            newline &= ~inside
            sep &= ~inside
        at = np.flatnonzero(newline)
        before = np.searchsorted(np.flatnonzero(sep), at)
        found = np.diff(before, prepend=0)
        if len(at):
            found[0] += carried
            carried = int(sep.sum()) - int(before[-1])
        else:
            carried += int(sep.sum())
        ends.append(at + start + 1)
        counts.append(found)
    row_ends = np.concatenate(ends)
    starts = np.concatenate([np.zeros(1, np.int64), row_ends[:-1]])
    lines = np.arange(1, len(row_ends) + 1)
    if quoted:
        lines += np.searchsorted(np.concatenate(breaks), starts)
    widths = (np.concatenate(counts) + 1).astype(np.int32)
    _check_line_ends(text, data, whole, row_ends, lines, quoted)
    # A row of blanks alone is no row; only short rows can be one.
    for row in np.flatnonzero((widths == 1) & (row_ends - starts < 200)) if (widths == 1).sum() < 100_000 else ():
        if not data[starts[row] : row_ends[row]].strip():
            widths[row] = 0
    if len(widths) and (widths == 1).sum() >= 100_000:
        bare = row_ends - starts - 1
        widths[bare == 0] = 0
        widths[(bare == 1) & (whole[starts] == 13)] = 0
    return Rows(data, starts, row_ends, lines, widths, quoted)


def _check_quotes(text: Text, whole: npt.NDArray[np.uint8], data: bytes, mark: int) -> None:
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
        refuse("bad_quote", text.name, text.line(first), None, "a quote inside a cell", "quotes around whole cells", mend)
    if len(place) % 2:
        # The one that opens and is never closed is the last that stands at the beginning of a cell.
        last = int(opening[-1])
        refuse("bad_quote", text.name, text.line(last), None, "a quote that is not closed", "its end", "Close it.")


def _check_line_ends(
    text: Text, data: bytes, whole: npt.NDArray[np.uint8], ends: Places, lines: Places, quoted: bool
) -> None:
    if b"\r" not in data:
        return
    before = whole[np.maximum(ends - 2, 0)] == 13
    if len(ends) > 1 and not text.data.endswith(b"\n"):
        before, lines = before[:-1], lines[:-1]  # the last line has no end of its own
    mend = "Save the file again with one kind of line end."
    if len(before) and before.any() != before.all():
        other = int(np.flatnonzero(before != before[0])[0])
        found = "lines that end in CR LF and lines that end in LF"
        refuse("mixed_line_ends", text.name, int(lines[other]), None, found, "one kind of line end", mend)
    if not quoted and data.count(b"\r") != int(before.sum()):
        place = next(i for i in _returns(data) if data[i + 1 : i + 2] != b"\n")
        refuse("mixed_line_ends", text.name, text.data.count(b"\n", 0, place) + 1, None, "a lone CR", "CR LF or LF", mend)


def _returns(data: bytes) -> list[int]:
    return [int(place) for place in np.flatnonzero(np.frombuffer(data, np.uint8) == 13)]
