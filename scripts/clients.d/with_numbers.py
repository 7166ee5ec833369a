"""The same number, whoever asks."""

import asyncio
import csv
import io
import shutil

import asyncpg
import pg8000.dbapi
import psycopg
import psycopg2
import sqlalchemy as sa
from checks import holds, same
from server import DATABASE, PASSWORDS, PLAIN
from with_psql import psql

# To text in one way: clients print floats each in their own.
ASKED = """select to_char(window_start, '%Y-%m-%d'), value, sample_size from metrics.change_lead_time
    where subject_kind = 'organization' and window_kind = 'quarter' and statistic = 'p50' and value is not null
    order by window_start"""


def run(check, servers):
    wanted = from_metric(servers)
    check("there are some", lambda: holds(len(wanted) >= 4, f"only {wanted}"))
    check("milepost sql", lambda: same(from_sql(servers), wanted))
    if shutil.which("psql"):
        check("psql", lambda: same(from_psql(servers), wanted))
    check("psycopg 3", lambda: same(told(psycopg.connect(**servers.login()).execute(ASKED).fetchall()), wanted))
    check("psycopg 3 in binary", lambda: same(
        told(psycopg.connect(**servers.login()).cursor(binary=True).execute(ASKED).fetchall()), wanted))
    check("psycopg2", lambda: same(from_cursor(psycopg2.connect(**servers.login())), wanted))
    login = {"host": "127.0.0.1", "port": servers.port, "user": PLAIN, "password": PASSWORDS[PLAIN], "database": DATABASE}
    check("pg8000", lambda: same(from_cursor(pg8000.dbapi.connect(**login)), wanted))
    check("asyncpg", lambda: same(asyncio.run(from_asyncpg(login)), wanted))
    url = sa.URL.create("postgresql+psycopg2", PLAIN, PASSWORDS[PLAIN], "127.0.0.1", servers.port, DATABASE)
    check("SQLAlchemy", lambda: same(from_sqlalchemy(url), wanted))


def told(rows):
    return [(str(day), float(value), int(size)) for day, value, size in rows]


def from_metric(servers):
    printed = servers.milepost("metric", "change_lead_time", "--by", "organization", "--window", "quarter", "--format", "csv")
    rows = csv.DictReader(io.StringIO(printed))
    return told((row["window_start"][:10], row["value"], row["sample_size"])
                for row in rows if row["statistic"] == "p50" and row["value"])


def from_sql(servers):
    return told(list(csv.reader(io.StringIO(servers.milepost("sql", ASKED, "--format", "csv"))))[1:])


def from_psql(servers):
    done = psql(servers.port, ASKED + ";", bare=True)
    holds(not done.stderr, done.stderr)
    return told(line.split("|") for line in done.stdout.splitlines())


def from_cursor(connection):
    cursor = connection.cursor()
    cursor.execute(ASKED)
    return told(cursor.fetchall())


async def from_asyncpg(login):
    connection = await asyncpg.connect(**login)
    try:
        return told([tuple(row) for row in await connection.fetch(ASKED)])
    finally:
        connection.terminate()


def from_sqlalchemy(url):
    with sa.create_engine(url).connect() as connection:
        # Its text() takes a colon for a parameter; there is none here.
        return told([tuple(row) for row in connection.exec_driver_sql(ASKED.replace("%", "%%"))])
