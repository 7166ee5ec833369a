"""psycopg2: its own way of parameters, cursors and sessions."""

import datetime
import threading
import time
from decimal import Decimal

import psycopg2
from checks import holds, refused, same
from with_psycopg3 import DAY, ENDLESS, TYPED


def run(check, servers):
    open_ = lambda **others: psycopg2.connect(**servers.login(), **others)
    check("parameters", parameters, open_)
    check("types", types, open_)
    check("a cursor of the server", cursor, open_)
    check("a session that only reads", session, open_)
    check("lists and tuples", lists, open_)
    check("a failed transaction", failed_transaction, open_)
    check("back to a savepoint", savepoint, open_)
    check("cancel", cancelled, open_)


def rows(cursor, query, *given):
    cursor.execute(query, given or None)
    return cursor.fetchall()


def parameters(open_):
    cursor = open_().cursor()
    for where, given in [("service_id = %s", "checkout"), ("finished_at > %s", DAY), ("is_planned = %s", True),
                         ("manual_steps_count >= %s", 1)]:
        holds(rows(cursor, f"select count(*) from deployments where {where}", given)[0][0] > 0, f"{where}: nothing")
    same(rows(cursor, "select %s", "it's 100% \\ \u00e4"), [("it's 100% \\ \u00e4",)])


def types(open_):
    row = rows(open_().cursor(), TYPED)[0]
    same(row, (DAY, True, 1.5, 7, 7, "ä", ["a", None], datetime.date(2026, 2, 3), None, Decimal("2.50")))
    same(row[0].utcoffset(), datetime.timedelta())


def cursor(open_):
    with open_() as connection:
        count = rows(connection.cursor(), "select count(*) from deployments where service_id = %s", "checkout")[0][0]
        cursor = connection.cursor("some")
        cursor.itersize = 100
        cursor.execute("select deployment_id, finished_at from deployments where service_id = %s", ("checkout",))
        same(len(list(cursor)), count)
        same([column.name for column in cursor.description], ["deployment_id", "finished_at"])
        cursor.close()


def session(open_):
    connection = open_()
    connection.set_session(readonly=True, isolation_level="REPEATABLE READ")
    same(rows(connection.cursor(), "select 1"), [(1,)])
    connection.commit()
    connection.set_session(readonly=True, autocommit=True)
    same(rows(connection.cursor(), "select 2"), [(2,)])


def lists(open_):
    cursor = open_().cursor()
    asked = "select count(*) from deployments where service_id "
    counts = [rows(cursor, asked + "in %s", ("checkout", "basket")), rows(cursor, asked + "= any(%s)", ["checkout", "basket"])]
    holds(counts[0][0][0] > 0, "nothing found")
    same(*counts)


def failed_transaction(open_):
    connection = open_()
    cursor = connection.cursor()
    refused(lambda: cursor.execute("select missing from deployments"), "42703")
    refused(lambda: cursor.execute("select 1"), "25P02")
    connection.rollback()
    same(rows(cursor, "select 1"), [(1,)])


def savepoint(open_):
    cursor = open_().cursor()
    cursor.execute("savepoint here")
    refused(lambda: cursor.execute("select missing from deployments"), "42703")
    cursor.execute("rollback to savepoint here")
    same(rows(cursor, "select 1"), [(1,)])


def cancelled(open_):
    connection = open_()
    cursor = connection.cursor()
    # So that it ends where it can't be cancelled.
    cursor.execute("set statement_timeout = '8s'")
    threading.Timer(1, connection.cancel).start()
    began = time.monotonic()
    refused(lambda: cursor.execute(ENDLESS), "57014")
    holds(time.monotonic() - began < 3, f"it took {time.monotonic() - began:.1f} s, cancelled after 1 s")
