"""The lake as data frames: asks `milepost`, so that a notebook need not know how it is called.

Which lake, and as of when, comes from the environment, the same for every notebook:
MILEPOST_BIN, MILEPOST_LAKE, MILEPOST_CONFIG and MILEPOST_AS_OF. All may be left out; then the
program on the path answers with its own defaults.
"""

import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

QUERIES = Path(__file__).resolve().parent.parent / "queries"


def command(*args):
    """The command line behind an answer."""
    asked = {"--lake": "MILEPOST_LAKE", "--config": "MILEPOST_CONFIG", "--as-of": "MILEPOST_AS_OF"}
    where = [word for flag, name in asked.items() if name in os.environ for word in (flag, os.environ[name])]
    return [os.environ.get("MILEPOST_BIN", "milepost"), *where, *args]


def ask(*args):
    """What `milepost` prints, as bytes. Where it fails, its own words are the message."""
    done = subprocess.run(command(*args), capture_output=True)
    # 3 is "finished with gaps" and 4 "a check or goal failed": both are answers.
    if done.returncode not in (0, 3, 4):
        raise RuntimeError(done.stderr.decode().strip())
    return done.stdout


def text(*args):
    """What `milepost` prints, to be read."""
    return ask(*args).decode()


def arrow(*args):
    """The rows of a command as an Arrow table: types and time zones as they are in the lake."""
    return pq.read_table(pa.BufferReader(ask("--quiet", *args, "--format", "parquet")))


def frame(*args):
    """The rows of a command as a pandas frame."""
    return arrow(*args).to_pandas()


def sql(query):
    """The rows of a query as a pandas frame."""
    return frame("sql", query)


def files():
    """The data files that make up each table now: a dictionary of lists of paths.

    Tables without a file have no rows yet, and are left out.
    """
    paths = {}
    for row in arrow("lake", "files").to_pylist():
        paths.setdefault(row["table_name"], []).append(row["path"])
    return paths
