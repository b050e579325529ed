"""Runs commands in forked children that are killed at a chosen moment; started as a script of its own.

Nothing here uses polars before it forks: a fork after a query hangs. A moment is the n-th thing the child asks of
the file system to change (an audit event of Python's), the n-th of all such events, or the n-th byte of a file.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

#: Events after which the file system may be another.
CHANGES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "os.utime", "shutil.rmtree", "ctypes.dlsym")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
FINISHED, REFUSED = 0, 2


def changes(event: str, args: tuple[Any, ...]) -> bool:
    """Whether an audit event is about to change a file."""
    return event in CHANGES or (event == "open" and isinstance(args[2], int) and bool(args[2] & WRITES))


def forked(
    act: Callable[[], int], at: int | None = None, size: int | None = None, event: int | None = None
) -> tuple[int | None, int, int]:
    """Run ``act`` in a child, killed before its change number ``at``, at byte ``size`` of a file, or at an ``event``.

    Returns:
        Its exit code, None where it was killed; how many changes it had asked for, and how many events there were.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.close(told)
            seen = events = 0

            def hook(name: str, args: tuple[Any, ...]) -> None:
                nonlocal seen, events
                if name == "os.kill":  # our own
                    return
                events += 1
                seen += changes(name, args)
                if (at is not None and seen > at) or (event is not None and events > event):
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(hook)
            if size is not None:
                # With the signal's own action the system ends the process in the middle of the write.
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            code = act()
            os.write(tell, f"{seen} {events}".encode())
        finally:
            os._exit(code)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        changed, happened = map(int, pipe.read().split() or (0, 0))
    _, status = os.waitpid(child, 0)
    return (os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else None), changed, happened


def snapshot(folder: Path, hidden: bool = False) -> dict[str, str]:
    """File → checksum, without the time of making; work folders of dead runs only if asked for."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (hidden or not re.search(r"(^|/)\.", name)):
            found[name] = sha256(re.sub(rb'"made_at": "[^"]*"', b"", path.read_bytes())).hexdigest()
    return found


def command(arguments: Sequence[str]) -> Callable[[], int]:
    def act() -> int:
        from hhanalytics.cli import main

        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        return main(arguments)

    return act


def survive(job: dict[str, Any]) -> dict[str, Any]:
    """Kill a command again and again; say how often, and whatever was neither the old nor the new state."""
    folder = Path(job["folder"])
    for old in job["before"]:
        code = forked(command(old))[0]
        assert code == FINISHED, old
    before = snapshot(folder)
    backup = job["backup"]

    def reset() -> None:
        os.system(f"rm -rf {folder!s} && cp -a {backup} {folder!s}")  # no polars, no Python in between

    os.system(f"cp -a {folder!s} {backup}")
    act = command(job["command"])
    code, total, events = forked(act)
    after = snapshot(folder)
    faults: list[str] = []
    if code != FINISHED or after == before or total < 4:
        faults.append(f"ended with {code} after {total} changes")
    draw = random.Random(job["seed"])
    points: list[tuple[int | None, ...]] = [(n, None, None) for n in range(total)]
    most = job["kills"] * 2 // 3
    if total > most:
        # What puts the result in place comes last.
        last = most // 2
        points = sorted(draw.sample(points[:-last], most - last)) + points[-last:]
    points += [(None, draw.randrange(1, 200), None), (None, 4096, None)]
    points += [(None, None, draw.randrange(events)) for _ in range(job["kills"] - len(points))]
    killed = 0
    reset()
    for point in points:
        code = forked(act, *point)[0]
        killed += code is None
        now = snapshot(folder)
        if now not in (before, after):
            faults.append(f"killed at {point}: neither old nor new")
        if job["each"] and now != after:
            code = forked(act)[0]
            if code != FINISHED or snapshot(folder, hidden=True) != after:
                faults.append(f"after a kill at {point}: ended with {code}, or something was left")
        if snapshot(folder) == after:
            reset()
    code = forked(act)[0]
    if code != FINISHED or snapshot(folder, hidden=True) != after:
        faults.append(f"the last run ended with {code}, or something was left")
    return {"killed": killed, "points": len(points), "changes": total, "faults": faults}


def place(job: dict[str, Any]) -> dict[str, Any]:
    """The same for what puts results in their place, at every change it makes."""
    from hhanalytics import placing

    exchanged = placing.exchanged
    if not job["exchange"]:
        placing.exchanged = lambda *_: False
    target = Path(job["folder"]) / "result"

    def put(content: str) -> Callable[[], int]:
        def act() -> int:
            with placing.placed(target, lambda: None) as made:
                if job["kind"] == "file":
                    made.write_text(content)
                else:
                    made.mkdir()
                    for name in ("a", "b"):
                        (made / name).write_text(content)
            return FINISHED

        return act

    def fails() -> int:
        with placing.placed(target, lambda: None):
            raise SystemExit
        return FINISHED

    def state() -> str:
        """What stands there: a letter, nothing, or something that never should."""
        if not target.exists():
            return ""
        texts = [target.read_text()] if target.is_file() else [(target / name).read_text() for name in ("a", "b")]
        return texts[0] if len(set(texts)) == 1 else "mixed"

    allowed = {"old" if job["old"] else "", "new"}
    # Two steps leave a moment in which nothing stands there; the next run puts the old one back.
    moment = set() if job["exchange"] or job["kind"] == "file" else {""}
    if job["old"]:
        assert forked(put("old"))[0] == FINISHED
    seen, killed, faults, at = set(), 0, [], 0
    while True:
        code = forked(put("new"), at)[0]
        found = state()
        seen.add(found)
        if found not in allowed | moment:
            faults.append(f"killed at {at}: {found!r}")
        if found == "" and job["old"]:
            # Whoever comes next finds the old one, whatever becomes of its own work.
            assert forked(put("new"), 0)[0] is None
            forked(fails)
            if state() != "old":
                faults.append(f"after a kill at {at} the old one is lost")
        if code is not None:
            break
        killed += 1
        at += 1
        # The next run puts things right, whatever it was about to do.
        assert forked(put("old" if job["old"] else "new"))[0] == FINISHED
        if [path.name for path in target.parent.iterdir()] != ["result"] or state() not in allowed:
            faults.append(f"after a kill at {at}: {sorted(path.name for path in target.parent.iterdir())}")
        if not job["old"]:
            os.system(f"rm -rf {target}")
    placing.exchanged = exchanged
    return {"killed": killed, "seen": sorted(seen), "faults": faults}


def bound() -> None:
    """Let rights count for the superuser as well, who may otherwise write wherever it is forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    held = (ctypes.c_uint32 * 6)()
    assert libc.capget(head, held) == 0
    for place in (0, 1, 2):
        held[place] &= ~0b1110  # to override rights, to search, to act as owner
    assert libc.capset(head, held) == 0


def traces(folder: Path) -> list[Any]:
    """Everything that a write would change: names, contents, and when they were last touched."""
    paths = [folder, *sorted(folder.rglob("*"))]
    return [[str(p), p.stat().st_mtime_ns, p.stat().st_mode, p.read_bytes() if p.is_file() else b""] for p in paths]


def obey(job: dict[str, Any]) -> dict[str, Any]:
    """Run commands with a folder that may not be written to, or without room; say how each ended and what is left."""
    folder, out, size = Path(job["folder"]), Path(job["out"]), job.get("size")
    before, ends, said = traces(folder), [], []
    for arguments in job["commands"]:
        told, tell = os.pipe()

        def act(arguments: Sequence[str] = arguments, tell: int = tell) -> int:
            bound()
            os.dup2(tell, 2)
            if size is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            return command(arguments)()

        ends.append(forked(act)[0])
        os.close(tell)
        with os.fdopen(told, "rb") as pipe:
            said.append(pipe.read().decode())
    left = sorted(path.relative_to(out).as_posix() for path in out.rglob("*")) if out.exists() else []
    return {"ends": ends, "said": said, "unchanged": traces(folder) == before, "left": left}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    for module in given.get("imports", ()):
        __import__(module)
    print(json.dumps([globals()[job["what"]](job) for job in given["jobs"]]))
