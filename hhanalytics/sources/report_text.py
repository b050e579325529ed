"""The text of a report, line by line: of a PDF by its pages, of a text file with its encoding told.

PDF text is read with pypdfium2 (PDFium; Apache-2.0 and BSD-3). What stands at one height is one line, from left
to right, and a gap as wide as between the cells of a table stays a gap, so that tables can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hhanalytics.sources.encodings import read_text, refuse
from hhanalytics.sources.reading import file_bytes

#: Larger files (in bytes), and longer reports (in pages and lines), are no reports of this kind.
LARGEST: Final = 200_000_000
MOST_PAGES: Final = 2_000
MOST_LINES: Final = 200_000
#: Longer lines hold no table and no sentence; the rest of them is not read.
LONGEST_LINE: Final = 2_000
#: Fewer letters than this on a page, on average, are page numbers and stamps, not its text.
FEWEST_LETTERS: Final = 15
#: What stands between cells: a gap wider than this part of the height of the letters.
CELL_GAP: Final = 0.9
GAP: Final = "   "


@dataclass(frozen=True)
class Line:
    """A line of a report.

    Attributes:
        number: Counted from 1, in a PDF on its page.
        page: The page, from 1; None where the text has none.
        text: What stands there.
    """

    number: int
    page: int | None
    text: str

    @property
    def place(self) -> str:
        """Where it stands, as a locator says it."""
        return f"l. {self.number}" if self.page is None else f"s. {self.page}, l. {self.number}"


@dataclass(frozen=True)
class Report:
    """The text of a report.

    Attributes:
        name: Name of the file.
        sha256: Checksum of the file.
        lines: Its lines, empty ones included.
    """

    name: str
    sha256: str
    lines: tuple[Line, ...]

    def locator(self, first: int, last: int) -> str:
        """The place of a run of lines, given as places in ``lines``.

        Example:
            >>> Report("a.txt", "", (Line(1, None, "a"), Line(2, None, "b"))).locator(0, 1)
            'l. 1-2'
        """
        one, other = self.lines[first], self.lines[last]
        if first == last:
            return one.place
        return f"{one.place}-{other.number}" if one.page == other.page else f"{one.place} og {other.place}"


def read_report(path: str | Path, encoding: str | None = None) -> Report:
    """The text of a report.

    Args:
        path: A PDF or a text file.
        encoding: Encoding of a text file where it is known; None: told by what stands in it.

    Raises:
        InvalidData: It is empty, damaged, protected, or a PDF of pictures without text.
        BadInput: It is a folder, device or pipe.
    """
    file = Path(path)
    size = file.stat().st_size if file.is_file() else 0
    if size > LARGEST:
        expected, mend = f"{LARGEST} at most", "Give the report alone, without annexes."
        refuse("too_large", file.name, None, None, f"{size} bytes", expected, mend)
    content = file_bytes(file)
    if content[:1024].lstrip().startswith(b"%PDF-"):
        lines = list(_pdf_lines(content, file.name))
    elif file.suffix.lower() == ".pdf":
        mend = "Open it, save it again as PDF, and give that file."
        refuse("damaged", file.name, None, None, "a file that does not begin as a PDF does", "a PDF", mend)
    else:
        text = read_text(content, file.name, encoding).data.decode("utf-8").replace("\r\n", "\n")
        text = text.replace("\r", "\n") if "\n" not in text else text
        # Form feeds part pages, but lines are counted through, as an editor shows them.
        lines = [Line(n, None, _clean(line)) for n, line in enumerate(text.split("\n"), 1)]
    if len(lines) > MOST_LINES:
        expected, mend = f"{MOST_LINES} at most", "Give the report alone, without annexes."
        refuse("too_large", file.name, None, None, f"{len(lines)} lines", expected, mend)
    return Report(file.name, sha256(content).hexdigest(), tuple(lines))


def _clean(line: str) -> str:
    signs = (sign if sign.isprintable() or sign == "\t" else " " for sign in line[:LONGEST_LINE])
    return (
        "".join(signs).replace("\t", GAP).replace("\u00a0", " ").replace("\u202f", " ").replace("\u2009", " ").rstrip()
    )


def _pdf_lines(content: bytes, name: str) -> Iterator[Line]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        pages = [_page(document[number]) for number in range(min(len(document), MOST_PAGES + 1))]
        document.close()
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).casefold()
        found = "a PDF with a password" if locked else f"a damaged PDF ({error})"
        mend = "Open it and save it as PDF without a password." if locked else "Open it, save it again as PDF."
        refuse("encrypted" if locked else "damaged", name, None, None, found, "a PDF that opens", mend)
    if len(pages) > MOST_PAGES:
        expected, mend = f"{MOST_PAGES} at most", "Give the report alone, without annexes."
        refuse("too_large", name, None, None, f"more than {MOST_PAGES} pages", expected, mend)
    letters = sum(sign.isalpha() for page in pages for line in page for sign in line)
    if letters < FEWEST_LETTERS * max(len(pages), 1):
        found = f"{len(pages)} pages with {letters} letters of text: it holds pictures of its pages"
        mend = (
            "Ask for the PDF as it was exported, not scanned; or let a program for text recognition (OCR) make a "
            "searchable PDF or a text file of it, and give that."
        )
        refuse("no_text_layer", name, None, None, found, "a PDF whose text can be marked and copied", mend)
    for number, page in enumerate(pages, 1):
        for place, line in enumerate(page, 1):
            yield Line(place, number, _clean(line))
        yield Line(len(page) + 1, number, "")


def _page(page: Any) -> list[str]:
    """The lines of a page from top to bottom."""
    text = page.get_textpage()
    pieces = []
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        words = " ".join(text.get_text_bounded(left, bottom, right, top).split())
        if words and top > bottom:
            pieces.append((left, bottom, right, top, words))
    lines: list[list[tuple[float, float, float, float, str]]] = []
    for piece in sorted(pieces, key=lambda p: (-(p[1] + p[3]) / 2, p[0])):
        middle = (piece[1] + piece[3]) / 2
        if lines and min(each[1] for each in lines[-1]) <= middle <= max(each[3] for each in lines[-1]):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [_joined(sorted(line)) for line in lines]


def _joined(line: list[tuple[float, float, float, float, str]]) -> str:
    out, end = "", None
    for left, bottom, right, top, words in line:
        gap = 0.0 if end is None else left - end
        out += (GAP if gap > CELL_GAP * (top - bottom) else " " if gap > 0.1 * (top - bottom) else "") + words
        end = right if end is None else max(end, right)
    return out.replace("\u00ad", "-")
