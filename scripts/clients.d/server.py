"""The servers under test: one that encrypts and one that does not, over one demo lake."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ACME = ROOT / "fixtures" / "acme"
# The Monday morning on which the invented company is looked at: fixtures/acme/ANSWERS.md.
AS_OF = "2026-07-06T09:00:00Z"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
DATABASE = "milepost"
PLAIN, SEES_PEOPLE = "reader", "lead"
PASSWORDS = {PLAIN: "reads-only", SEES_PEOPLE: "sees people"}
USERS = f"""
[[serve.user]]
name = "{PLAIN}"
password_env = "MILEPOST_TEST_READER"

[[serve.user]]
name = "{SEES_PEOPLE}"
password_env = "MILEPOST_TEST_LEAD"
people = true
"""
LISTENS = re.compile(r"clients of Postgres at 127\.0\.0\.1:(\d+)")


class Servers:
    """Runs as long as it is open. `port` takes plain connections, `tls_port` encrypted ones only."""

    def __init__(self, scratch):
        # What queries must leave alone apart from what we write ourselves.
        self.watched, self.own = scratch / "watched", scratch / "own"
        self.lake, self.config = self.watched / "lake", self.own / "acme" / "milepost.toml"
        self.running = []
        self.environment = surroundings(self.watched)
        self.watched.mkdir()
        (self.watched / "temp").mkdir()
        shutil.copytree(ACME, self.own / "acme")
        self.config.write_text(self.config.read_text(encoding="utf-8") + USERS, encoding="utf-8")

    def __enter__(self):
        try:
            self.milepost("ingest")
            self.port = self.start()
            self.certificate, key = certificate(self.own)
            self.tls_port = self.start("--tls-cert", self.certificate, "--tls-key", key)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def milepost(self, *arguments):
        """What a command prints."""
        done = subprocess.run(self.command("--quiet", *arguments), env=self.environment, cwd=self.watched,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"milepost {arguments[0]} ended with {done.returncode}")
        return done.stdout

    def command(self, *arguments):
        return [program(), "--lake", self.lake, "--config", self.config, "--as-of", AS_OF, *arguments]

    def start(self, *arguments):
        told = self.own / f"server-{len(self.running)}"
        with open(told, "wb") as file:
            process = subprocess.Popen(
                self.command("serve", "--postgres", "127.0.0.1:0", "--http", "127.0.0.1:0", *arguments),
                env=self.environment, cwd=self.watched, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.running.append(process)
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            if found := LISTENS.search(told.read_text(encoding="utf-8")):
                return int(found[1])
            time.sleep(0.05)
        sys.exit(f"the server did not start:\n{told.read_text(encoding='utf-8')}")

    def login(self, user=PLAIN, **others):
        """Words that psycopg and psycopg2 connect with."""
        return {"host": "127.0.0.1", "port": self.port, "user": user, "password": PASSWORDS[user],
                "dbname": DATABASE} | others


def surroundings(folder):
    """Passwords, and nothing of the user's own settings for clients."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # Drivers read them in this process too.
    for name in os.environ.keys() - kept.keys():
        del os.environ[name]
    return kept | {
        "MILEPOST_TEST_READER": PASSWORDS[PLAIN],
        "MILEPOST_TEST_LEAD": PASSWORDS[SEES_PEOPLE],
        "TMPDIR": str(folder / "temp"),
        "TZ": "UTC",
    }


def program():
    named = os.environ.get("MILEPOST_BIN", str(TARGET / "debug" / "milepost"))
    found = shutil.which(named)
    # Commands run in a folder of their own, so a relative path would lead elsewhere there.
    return str(Path(found).resolve()) if found else sys.exit(f"there is no program {named}: `cargo build` makes it")


def certificate(folder):
    """One for this machine that it signs itself, and its key."""
    made, key = folder / "server.crt", folder / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", made], check=True, stderr=subprocess.DEVNULL)
    return made, key
