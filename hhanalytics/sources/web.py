"""Fetch an address politely: paced, tried again with patience, bounded in time and size, kept in a cache.

The only place that uses the network, and only when a fetch is asked for.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hhanalytics.errors import BadInput, NotFetched
from hhanalytics.placing import placed

#: Answers that may be better a little later.
_AGAIN: Final = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Answer:
    """What an address gave.

    Attributes:
        content: The bytes.
        address: The address, with its query.
        fetched_at: When it was fetched, in UTC.
        sha256: Checksum of the bytes.
        cached: Whether it was kept from an earlier fetch.
    """

    content: bytes
    address: str
    fetched_at: datetime
    sha256: str
    cached: bool


def default_cache() -> Path:
    """The folder in which answers are kept."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hhanalytics"


@dataclass
class Web:
    """How to fetch.

    Attributes:
        cache: Folder for answers; None: none is kept.
        max_age_days: How old a kept answer may be to be used instead.
        pace: Seconds between two requests.
        tries: How often an address is tried.
        timeout: Seconds without a byte before a try is given up.
        deadline: Seconds after which a try is given up, however slowly bytes come.
        most_bytes: The largest answer taken.
        longest_wait: The longest a service may ask to wait, in seconds.
        sleep: How to wait.
        clock: What time it is, in UTC.
    """

    cache: Path | None = None
    max_age_days: float = 1
    pace: float = 2
    tries: int = 4
    timeout: float = 30
    deadline: float = 120
    most_bytes: int = 200_000_000
    longest_wait: float = 120
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _last: float = field(default=float("-inf"), init=False)

    def get(self, address: str) -> Answer:
        """The JSON at an address, from the cache where it is young enough.

        Raises:
            NotFetched: No usable answer, with the reason and what to do.
        """
        kept = self._kept(address)
        # An answer from a time to come was kept before the clock was set back.
        if kept and abs(self.clock() - kept.fetched_at) <= timedelta(days=self.max_age_days):
            return kept
        try:
            content = self._fetch(address)
        except NotFetched as error:
            if kept is None:
                raise
            when = kept.fetched_at.date().isoformat()
            mend = f"{error.facts['mend']} An answer of {when} is kept: --max-age 10000 uses it."
            raise NotFetched.of(error.id, address, error.facts["found"], mend) from error
        answer = Answer(content, address, self.clock().replace(microsecond=0), sha256(content).hexdigest(), False)
        self._keep(answer)
        return answer

    # The cache

    def _paths(self, address: str) -> tuple[Path, Path] | None:
        if self.cache is None:
            return None
        name = sha256(address.encode()).hexdigest()
        return self.cache / f"{name}.content", self.cache / f"{name}.json"

    def _kept(self, address: str) -> Answer | None:
        paths = self._paths(address)
        try:
            if paths is None:
                return None
            content, about = paths[0].read_bytes(), json.loads(paths[1].read_text("utf-8"))
            fetched_at = datetime.fromisoformat(about["fetched_at"])
            if (
                about["address"] != address
                or sha256(content).hexdigest() != about["sha256"]
                or fetched_at.tzinfo is None
            ):
                return None
            return Answer(content, address, fetched_at, about["sha256"], True)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not kept, or spoilt: fetched again

    def _keep(self, answer: Answer) -> None:
        paths = self._paths(answer.address)
        if paths is None:
            return
        about = {"address": answer.address, "fetched_at": answer.fetched_at.isoformat(), "sha256": answer.sha256}
        try:
            for path, content in zip(paths, (answer.content, json.dumps(about).encode()), strict=True):
                with placed(path, lambda: None) as made:
                    made.write_bytes(content)
        except (OSError, BadInput):
            return  # a cache that cannot be written is no reason to fail

    # The network

    def _fetch(self, address: str) -> bytes:
        import httpx

        waits = [2.0**n for n in range(self.tries - 1)]
        with httpx.Client(
            follow_redirects=True,
            max_redirects=3,
            timeout=self.timeout,
            headers={"Accept": "application/json", "User-Agent": "hhanalytics"},
        ) as client:
            reason = "no try"
            for attempt in range(self.tries):
                found, wait = self._try(client, address)
                if isinstance(found, bytes):
                    return found
                reason = found
                if attempt == self.tries - 1:
                    break
                self.sleep(waits[attempt] if wait is None else wait)
        raise NotFetched.of("no_answer", address, f"{reason}, {self.tries} times", "Try again later.")

    def _try(self, client: Any, address: str) -> tuple[bytes | str, float | None]:
        """One try: the content, or why there is none and how long the service asks to wait."""
        import httpx

        self.sleep(max(0.0, self._last + self.pace - time.monotonic()))
        self._last = time.monotonic()
        try:
            with client.stream("GET", address) as response:
                if response.status_code in _AGAIN:
                    return f"the service answered {response.status_code}", self._asked_wait(address, response)
                content = self._body(response, address)
                self._check(response, content, address)
                return content, None
        except httpx.TooManyRedirects as error:
            raise NotFetched.of(
                "odd_answer", address, "it leads from one address to the next", "Check the address."
            ) from error
        except httpx.ConnectError as error:
            mend = "Is there a network? Everything else works without; only fetch needs it."
            raise NotFetched.of("offline", address, f"cannot be reached ({error})", mend) from error
        except httpx.TimeoutException:
            return f"no answer within {self.timeout:g} s", None
        except httpx.TransportError as error:
            return f"the answer broke off ({error})", None
        except (httpx.InvalidURL, httpx.DecodingError) as error:
            raise NotFetched.of("odd_answer", address, str(error), "Check the address.") from error

    def _asked_wait(self, address: str, response: Any) -> float | None:
        asked = response.headers.get("retry-after")
        if asked is None:
            return None
        try:
            wait = (
                float(asked)
                if asked.strip().isdigit()
                else (parsedate_to_datetime(asked) - self.clock()).total_seconds()
            )
        except (ValueError, TypeError):
            return None
        if wait > self.longest_wait:
            found = f"the service answered {response.status_code} and asks to wait {wait:.0f} s"
            raise NotFetched.of("no_answer", address, found, "Try again then.")
        return max(wait, 0.0)

    def _body(self, response: Any, address: str) -> bytes:
        import httpx

        started = time.monotonic()
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > self.most_bytes:
                mend = "Ask for less at a time: fewer years, or --select."
                raise NotFetched.of("too_large", address, f"an answer of more than {self.most_bytes} bytes", mend)
            if time.monotonic() - started > self.deadline:
                raise httpx.ReadTimeout(f"not finished after {self.deadline:g} s")
        return bytes(content)

    def _check(self, response: Any, content: bytes, address: str) -> None:
        kind = response.headers.get("content-type", "no content type")
        said = content[:200].decode("utf-8", "replace").strip()
        if address.startswith("https:") and response.url.scheme != "https":
            raise NotFetched.of(
                "odd_answer", address, f"it leads to {response.url}, which is not safe", "Check the address."
            )
        if response.status_code != 200:
            mend = "Check the table's number and what is asked for."
            raise NotFetched.of("refused", address, f"the service answered {response.status_code}: {said!r}", mend)
        if "json" not in kind.lower():
            found = f"an answer of {kind} that begins {said[:80]!r}"
            raise NotFetched.of("odd_answer", address, found, "Is there a sign-in page between here and the service?")
