"""psycopg 3: parameters, types, cursors, prepared statements, transactions and limits of time."""

import datetime
import threading
import time
from datetime import UTC
from decimal import Decimal

import psycopg
from checks import code_of, holds, refused, same
from server import SEES_PEOPLE

ENDLESS = "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r"
DAY = datetime.datetime(2026, 1, 1, tzinfo=UTC)
TYPED = """select timestamptz '2026-01-01T01:00:00+01:00' as instant, true as yes, 1.5::float8 as float, 7::int8 as whole,
    7::int4 as small, 'ä' as text, array['a', null] as list, date '2026-02-03' as day, null as nothing,
    2.50::numeric(10, 2) as exact"""


def run(check, servers):
    open_ = lambda user="reader", **others: psycopg.connect(**servers.login(user), autocommit=True, **others)
    for kind, where, given in [
        ("text", "service_id = %s", "checkout"),
        ("bool", "is_planned = %s", True),
        ("int", "manual_steps_count >= %s", 1),
        ("timestamptz", "finished_at >= %s", DAY),
        ("a list", "service_id = any(%s)", ["checkout", "basket"]),
        ("NULL", "service_id is not distinct from %s::text", None),
    ]:
        check(f"a parameter: {kind}", parameter, open_, where, given)
    check("a parameter: float", lambda: holds(
        one(open_(), "select count(*) from metrics.change_lead_time where value > %s", 1.5) > 0, "nothing found"))
    check("a parameter: date", lambda: holds(
        one(open_(SEES_PEOPLE), "select count(*) from ai_usage where used_on >= %s", DAY.date()) > 0, "nothing found"))
    check("a parameter of no known type", lambda: same(one(open_(), "select %s", "x"), "x"))
    check("types in text", types, open_, False)
    check("types in binary", types, open_, True)
    check("types of a table", types_of_a_table, open_)
    for text in ["2026-01-01", "2026-01-01 00:00", "2026-01-01 01:00+01", "2026-01-01 01:00:00.000+0100"]:
        check(f"timestamptz '{text}'", lambda: same(one(open_(), f"select timestamptz '{text}'"), DAY))
    check("a zone of one's own", own_zone, open_)
    check("two columns of the same expression", same_expression, open_)
    check("a cursor of the server", cursor, servers)
    check("a cursor of the server with parameters", cursor_with_parameters, servers)
    check("a cursor that scrolls is refused or scrolls", scrolling, servers)
    check("rows as they come", lambda: same(
        sum(1 for _ in open_().cursor().stream("select deployment_id from deployments")),
        one(open_(), "select count(*) from deployments")))
    check("a prepared statement", prepared, open_)
    check("a prepared statement sees others' parameters", prepared_with_parameters, open_)
    check("a pipeline", pipeline, open_)
    check("a failed transaction", failed_transaction, servers)
    check("back to a savepoint", savepoint, servers)
    check("read-only transactions", read_only, servers)
    check("SHOW tells what the login told", shown, open_)
    for name, text in [("current_user", "reader"), ("session_user", "reader"), ("current_database()", "milepost")]:
        check(f"select {name}", lambda: same(one(open_(), f"select {name}"), text))
    check("an unknown database is refused", lambda: refused(
        lambda: psycopg.connect(**servers.login(dbname="elsewhere")).execute("select 1").fetchone(), "3D000"))
    for statement in ["set statement_timeout = 700", "set statement_timeout to '700ms'",
                      "set session statement_timeout = 700"]:
        check(statement, limited, open_, statement)
    check("statement_timeout of the login", limited, lambda: open_(options="-c statement_timeout=700"), None)
    for name, query in [("an endless sum", ENDLESS), ("endless rows", ENDLESS.replace("count(*)", "n"))]:
        check(f"cancel {name}", cancelled, open_, query)


def one(connection, query, *given):
    return connection.execute(query, given or None).fetchone()[0]


def parameter(open_, where, given):
    """The same as with the value written into the query, and not none unless NULL."""
    connection = open_()
    asked = f"select count(*) from deployments where {where}"
    found = one(connection, asked, given)
    written = psycopg.ClientCursor(connection).execute(asked, (given,)).fetchone()[0]
    same(found, written)
    holds(found > 0 or given is None, "nothing found")


def types(open_, binary):
    row = open_().cursor(binary=binary).execute(TYPED).fetchone()
    same(row, (DAY, True, 1.5, 7, 7, "ä", ["a", None], datetime.date(2026, 2, 3), None, Decimal("2.50")))
    same(row[0].utcoffset(), datetime.timedelta())


def types_of_a_table(open_):
    asked = "select finished_at, is_planned, manual_steps_count, approving_team_ids, sha from deployments limit 1"
    same([column.type_display for column in open_().execute(asked).description],
         ["timestamptz", "bool", "int8", "text[]", "text"])


def own_zone(open_):
    """The instant stays; psycopg shows it in the zone that the server says."""
    with open_() as connection:
        connection.execute("set time zone 'Europe/Berlin'")
        shown = one(connection, "select timestamptz '2026-01-01T00:00:00Z'")
        same(shown, DAY)
        same((connection.info.timezone.key, shown.utcoffset()), ("Europe/Berlin", datetime.timedelta(hours=1)))


def same_expression(open_):
    same(open_().execute("select 1, 1, count(*), count(*) from clock").fetchone(), (1, 1, 1, 1))


def cursor(servers):
    with psycopg.connect(**servers.login()) as connection:
        count = one(connection, "select count(*) from deployments")
        cursor = connection.cursor(name="some")
        cursor.execute("select deployment_id, finished_at from deployments order by 1")
        same([column.name for column in cursor.description], ["deployment_id", "finished_at"])
        first, rest = cursor.fetchmany(10), cursor.fetchall()
        same((len(first), len(rest)), (10, count - 10))
        same(first[0][1].utcoffset(), datetime.timedelta())
        cursor.close()


def cursor_with_parameters(servers):
    with psycopg.connect(**servers.login()) as connection:
        count = one(connection, "select count(*) from deployments where service_id = %s", "checkout")
        cursor = connection.cursor(name="some")
        cursor.itersize = 50
        cursor.execute("select deployment_id from deployments where service_id = %s", ("checkout",))
        same(sum(1 for _ in cursor), count)


def scrolling(servers):
    with psycopg.connect(**servers.login()) as connection:
        cursor = connection.cursor(name="some", scrollable=True)
        try:
            cursor.execute("select n from (values (1), (2), (3)) t(n)")
            cursor.fetchall()
            cursor.scroll(0, mode="absolute")
            same(cursor.fetchone(), (1,))
        except psycopg.Error as failure:
            holds(code_of(failure) in ("0A000", "55000"), f"{code_of(failure)}: {failure}")


def prepared(open_):
    with open_() as connection:
        asked = "select count(*) from pull_requests where number > %s"
        for number in range(0, 4000, 500):
            written = one(connection, asked.replace("%s", str(number)))
            same(connection.execute(asked, (number,), prepare=True).fetchone()[0], written)
        same(len(connection._prepared._names), 1)


def prepared_with_parameters(open_):
    with open_(prepare_threshold=2) as connection:
        asked = "select count(*) from deployments where service_id = %s and finished_at > %s"
        counts = [one(connection, asked, service, DAY) for service in ["checkout", "basket"] * 4]
        same(counts, counts[:2] * 4)
        holds(counts[0] != counts[1], "both services have the same count")
        connection.execute("deallocate all")
        same(one(connection, asked, "checkout", DAY), counts[0])


def pipeline(open_):
    with open_() as connection:
        with connection.pipeline():
            asked = [connection.execute("select %s::int", (number,)) for number in range(3)]
        same([one.fetchone()[0] for one in asked], [0, 1, 2])
        with connection.pipeline() as line:
            connection.execute("select 1")
            connection.execute("select missing from deployments")
            refused(line.sync, "42703")
        same(one(connection, "select 5"), 5)


def failed_transaction(servers):
    with psycopg.connect(**servers.login()) as connection:
        refused(lambda: connection.execute("select missing from deployments"), "42703")
        refused(lambda: connection.execute("select 1"), "25P02")
        connection.rollback()
        same(one(connection, "select 1"), 1)


def savepoint(servers):
    with psycopg.connect(**servers.login()) as connection, connection.transaction():
        connection.execute("select 1")

        def inner():
            with connection.transaction():
                connection.execute("select missing from deployments")

        refused(inner, "42703")
        same(one(connection, "select 3"), 3)


def read_only(servers):
    with psycopg.connect(**servers.login()) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        same(one(connection, "select 3"), 3)
        same(one(connection, "show transaction_read_only"), "on")


def shown(open_):
    with open_() as connection:
        for name in ["server_version", "client_encoding", "standard_conforming_strings", "TimeZone", "DateStyle",
                     "default_transaction_read_only", "is_superuser"]:
            same((name, one(connection, f"show {name}")), (name, connection.info.parameter_status(name)))


def limited(open_, statement):
    with open_() as connection:
        if statement:
            connection.execute(statement)
        began = time.monotonic()
        # Not much longer than it may, else the check takes as long as the server lets it.
        refused(lambda: connection.execute(ENDLESS), "57014")
        holds(time.monotonic() - began < 3, "it took too long")
        same(one(connection, "select 1"), 1)


def cancelled(open_, query):
    with open_() as connection:
        # So that it ends, and makes room for other checks, where it can't be cancelled.
        connection.execute("set statement_timeout = '8s'")
        threading.Timer(1, connection.cancel_safe).start()
        began = time.monotonic()
        refused(lambda: connection.execute(query), "57014")
        took = time.monotonic() - began
        holds(took < 3, f"it took {took:.1f} s, cancelled after 1 s")
        same(one(connection, "select 1"), 1)
