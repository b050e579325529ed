"""A service on this machine that answers as Statistics Norway does, or misbehaves as told."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: Numbers of two municipalities over time, and of one that is none of ours.
REGIONS = {
    "0619": "Ål (-2019)",
    "3043": "Ål (2020-2023)",
    "3328": "Ål",
    "0617": "Gol (-2019)",
    "3041": "Gol (2020-2023)",
    "3324": "Gol",
    "0301": "Oslo",
}
VALID = {"06": (1900, 2019), "30": (2020, 2023), "33": (2024, 2100), "03": (1900, 2100)}
YEARS = [str(year) for year in range(2018, 2027)]


def persons(region: str, sex: str, age: str, year: str) -> int:
    """A made-up number of persons: nought outside the years a number was in force, as the real service answers."""
    low, high = VALID[region[:2]]
    return 1000 * int(sex) + 10 * int(age) + int(year) % 100 + int(region[-1]) if low <= int(year) <= high else 0


def described(
    region: str = "Region", label: str = "07459: Befolkning, etter region, kjønn, alder, statistikkvariabel og år"
) -> dict[str, Any]:
    """The description of the table."""
    labels: dict[str, dict[str, str]] = {
        region: REGIONS, "Kjonn": {"1": "Menn", "2": "Kvinner"}, "Alder": {"000": "0 år", "001": "1 år", "002": "2 år"},
        "ContentsCode": {"Personer1": "Personer"}, "Tid": {year: year for year in YEARS},
    }  # fmt: skip
    dimension: dict[str, Any] = {
        id: {"label": id.lower(), "category": {"index": {code: n for n, code in enumerate(some)}, "label": some}}
        for id, some in labels.items()
    }
    dimension["ContentsCode"]["category"]["unit"] = {"Personer1": {"base": "personer", "decimals": 0}}
    return {
        "version": "2.0", "class": "dataset", "label": label, "source": "Statistisk sentralbyrå", "updated": "2026-02-24T07:00:00Z",
        "id": list(labels), "size": [len(some) for some in labels.values()], "dimension": dimension,
        "role": {"time": ["Tid"], "geo": [region], "metric": ["ContentsCode"]},
    }  # fmt: skip


def answered(query: str, table: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question: the chosen codes in the table's own order."""
    given = {
        name[len("valueCodes[") : -1]: codes[0].split(",")
        for name, codes in parse_qs(query).items()
        if name.startswith("valueCodes[")
    }
    dimension = {}
    for id in table["id"]:
        category = table["dimension"][id]["category"]
        codes = [code for code in category["index"] if code in given[id]]
        kept = {
            "index": {code: n for n, code in enumerate(codes)},
            "label": {code: category["label"][code] for code in codes},
        }
        if "unit" in category:
            kept["unit"] = category["unit"]
        dimension[id] = {**table["dimension"][id], "category": kept}
    chosen = [list(dimension[id]["category"]["index"]) for id in table["id"]]
    values = [persons(region, sex, age, year) for region, sex, age, _, year in itertools.product(*chosen)]
    return {**table, "dimension": dimension, "size": [len(codes) for codes in chosen], "value": values}


@dataclass
class Service:
    """What the service does.

    Attributes:
        address: Where it is.
        table: The table it has.
        misbehave: What it does instead, one per request, before it answers well.
        seen: The paths asked for, in order.
    """

    address: str = ""
    table: dict[str, Any] = field(default_factory=described)
    misbehave: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.service.seen.append(self.path)
        what = self.service.misbehave.pop(0) if self.service.misbehave else "well"
        address = urlsplit(self.path)
        answer = self.service.table if address.path.endswith("/metadata") else None
        if answer is None and address.path.endswith("/data"):
            answer = answered(address.query, self.service.table)
        body = json.dumps(answer).encode()
        try:
            self._send(what, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send(self, what: str, body: bytes) -> None:
        kind, name, number = "application/json; charset=utf-8", what.partition(" ")[0], what.partition(" ")[2]
        if name == "status":
            code, _, after = number.partition(" ")
            self.send_response(int(code))
            if after:
                self.send_header("Retry-After", after)
            body, kind = b'{"title": "nei"}', "application/problem+json"
        elif name == "redirect":
            self.send_response(302)
            self.send_header("Location", self.path)
            body = b""
        else:
            self.send_response(200)
        if name == "html":
            body, kind = b"<html>Logg inn</html>", "text/html"
        elif name == "nonsense":
            body = b"{]"
        elif name == "other":
            body = json.dumps({**self.service.table, "value": [0] * 10_000}).encode()
        elif name == "huge":
            body = b" " * 3_000_000
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if name == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.connection.close()
        elif name == "slow":
            for byte in body[:40]:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        elif name == "silent":
            time.sleep(1.0)
        else:
            self.wfile.write(body)


@contextmanager
def running() -> Iterator[Service]:
    """The service, on an address of this machine only."""
    service = Service()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    service.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
