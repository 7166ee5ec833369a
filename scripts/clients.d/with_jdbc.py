"""The JDBC driver of Postgres, as DBeaver, Metabase and others use it."""

import os
import shutil
import subprocess
from pathlib import Path

from server import DATABASE, PASSWORDS, PLAIN

DRIVER = Path("/usr/share/java/postgresql.jar")
PROGRAM = Path(__file__).resolve().parent / "Check.java"


def run(check, servers):
    if not shutil.which("java"):
        return check.skip("there is no java; Debian has it in default-jre-headless")
    if not DRIVER.exists():
        return check.skip(f"there is no {DRIVER}; Debian has it in libpostgresql-jdbc-java")
    # The password is no argument: those are for everybody to see.
    environment = os.environ | {"LOGIN": PLAIN, "PASSWORD": PASSWORDS[PLAIN], "TZ": "UTC"}
    url = f"jdbc:postgresql://127.0.0.1:{servers.port}/{DATABASE}?sslmode=disable"
    # One compiler pass is enough for a program that runs once.
    try:
        done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", DRIVER, PROGRAM, url], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired as late:
        return check.report("the program ends", f"took longer than {late.timeout} s")
    for line in done.stdout.splitlines():
        name, _, why = line.partition("\t")
        check.report(name, why[:500] or None)
    check.report("the program ends", None if done.returncode == 0 else done.stderr[-500:])
