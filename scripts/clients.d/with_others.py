"""asyncpg, which speaks in binary throughout, and pg8000, which prepares everything."""

import asyncio
import datetime
import time

import asyncpg
import pg8000.dbapi
from checks import holds, same
from server import DATABASE, PASSWORDS, PLAIN
from with_psycopg3 import DAY, ENDLESS


def run(check, servers):
    login = {"host": "127.0.0.1", "port": servers.port, "user": PLAIN, "password": PASSWORDS[PLAIN], "database": DATABASE}
    for name, what in [("parameters and types", asks), ("a cursor", walks), ("gives up in time", gives_up),
                       ("is reset for the next of a pool", is_reset)]:
        check(f"asyncpg: {name}", lambda: asyncio.run(with_asyncpg(login, what)))
    check("pg8000: parameters and types", with_pg8000, login)


async def with_asyncpg(login, what):
    connection = await asyncpg.connect(**login)
    try:
        await what(connection)
    finally:
        connection.terminate()


async def asks(connection):
    asked = "select finished_at, is_planned, approving_team_ids from deployments where service_id = $1 and finished_at > $2 limit 1"
    row = await connection.fetchrow(asked, "checkout", DAY)
    holds(row["finished_at"] > DAY and row["finished_at"].utcoffset() == datetime.timedelta(), f"got {row}")
    same(await connection.fetchval("select count(*) from deployments where manual_steps_count = $1", -1), 0)
    same(await connection.fetchval("select count(*) from deployments where service_id = any($1)", ["nobody's"]), 0)


async def walks(connection):
    async with connection.transaction():
        count = await connection.fetchval("select count(*) from deployments")
        seen = [row async for row in connection.cursor("select deployment_id from deployments order by 1", prefetch=100)]
        same(len({row[0] for row in seen}), count)


async def gives_up(connection):
    await connection.execute("set statement_timeout = '8s'")
    began = time.monotonic()
    try:
        await connection.fetch(ENDLESS, timeout=1)
    except TimeoutError:
        # It cancels, and waits for that before the next query.
        same(await connection.fetchval("select 1"), 1)
        holds(time.monotonic() - began < 3, f"it took {time.monotonic() - began:.1f} s")
        return
    raise AssertionError("it ended by itself")


async def is_reset(connection):
    await connection.reset()
    same(await connection.fetchval("select 1"), 1)


def with_pg8000(login):
    cursor = pg8000.dbapi.connect(**login).cursor()
    cursor.execute("select finished_at, is_planned, approving_team_ids from deployments where finished_at > %s and is_planned = %s and approving_team_ids is not null limit 1",
                   (DAY, True))
    row = cursor.fetchone()
    holds(row[0] > DAY and isinstance(row[1], bool) and isinstance(row[2], list), f"got {row}")
