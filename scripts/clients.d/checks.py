"""Named checks: a line each.

What the server does not do yet stands in known.txt. Such a check is told and does not fail; one that
holds by now does, until it is taken out of the list.
"""

import os
import select
import signal
import time
import traceback
from pathlib import Path

passed = failed = known = 0
KNOWN = set(Path(__file__).with_name("known.txt").read_text().splitlines())
# A check that takes longer hangs.
PATIENCE = 30


class Checks:
    """The checks of one group."""

    def __init__(self, group):
        self.group = group

    def __call__(self, name, check, *given):
        """Runs one in a process of its own: drivers crash and hang too, and the rest must go on."""
        began = time.monotonic()
        self.report(name, in_child(check, given), f" ({time.monotonic() - began:.1f} s)")

    def report(self, name, why, more=""):
        """What was found: why it failed, or None."""
        told = verdict(f"{self.group}: {name}", why)
        print(f"{self.group}: {name}: {told}{more}", flush=True)

    def skip(self, why):
        print(f"{self.group}: not run: {why}", flush=True)


def verdict(name, why):
    global passed, failed, known
    if name in KNOWN:
        if why is not None:
            known += 1
            return f"known gap: {why}"
        why = "it holds by now; take it out of known.txt"
    passed, failed = passed + (why is None), failed + (why is not None)
    return "ok" if why is None else f"failed: {why}"


def in_child(check, given):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, (why_it_fails(check, given) or "").encode()[:60_000])
        # Not sys.exit: what the parent has open is the parent's to close.
        os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], PATIENCE)
    if not ready:
        os.kill(child, signal.SIGKILL)
    told = b"" if not ready else read_all(reader)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if not ready:
        return f"took longer than {PATIENCE} s"
    if os.WIFSIGNALED(status):
        return f"the client crashed with {signal.Signals(os.WTERMSIG(status)).name}"
    return told.decode(errors="replace") or None


def read_all(reader):
    with os.fdopen(os.dup(reader), "rb") as file:
        return file.read()


def why_it_fails(check, given):
    try:
        check(*given)
    except BaseException as failure:
        where = traceback.extract_tb(failure.__traceback__)
        # The last line of ours: the driver's own lines say little.
        ours = [frame for frame in where if "clients.d" in frame.filename] or list(where)
        text = " ".join(str(failure).split())[:500] or repr(failure)
        return f"{type(failure).__name__}: {text} [{os.path.basename(ours[-1].filename)}:{ours[-1].lineno}]"
    return None


def same(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r:.300}, not {wanted!r:.300}")


def holds(true, otherwise):
    if not true:
        raise AssertionError(otherwise)


def refused(do, *codes):
    """Does what must fail with one of these codes; gives the failure."""
    try:
        answer = do()
    except Exception as failure:
        code = code_of(failure)
        holds(code in codes, f"refused with {code}, not {' or '.join(codes)}: {' '.join(str(failure).split())[:300]}")
        return failure
    raise AssertionError(f"was answered: {answer!r:.200}")


def code_of(failure):
    return getattr(failure, "sqlstate", None) or getattr(failure, "pgcode", None)
