"""Persons: pseudonyms for whoever may not see them, with the same joins and counts."""

import re

import psycopg
from checks import holds, refused, same
from server import PLAIN, SEES_PEOPLE

PSEUDONYM = re.compile(r"p_[0-9a-f]{16}")
# Refused as a whole: figures of few people could be got from them.
REFUSED = ["survey_responses", "absences", "ai_usage"]
COUNTED = [
    "select count(*), count(distinct author_email) from commits",
    "select count(*) from commits c join identities i on c.author_email = i.identifier join people p using (person_id)",
    "select count(*) from pull_requests p join reviews r on p.author_login = r.reviewer_login",
    "select count(*) from team_members join people using (person_id)",
    "select count(*) from (select author_email, count(*) from commits group by 1 having count(*) > 10) many",
]


def run(check, servers):
    rows = lambda user, query: psycopg.connect(**servers.login(user), autocommit=True).execute(query).fetchall()
    for column, table in [("author_email", "commits"), ("name", "people"),
                          ("identifier", "identities"), ("author_login", "pull_requests"), ("reviewer_login", "reviews")]:
        check(f"{table}.{column}", veiled, rows, f"select distinct {column} from {table} where {column} is not null")
    for table in REFUSED:
        check(f"{table} is refused to one and shown to the other", refused_to_one, rows, table)
    for table in REFUSED:
        check(f"{table} is refused before a row is asked for", lambda: refused(
            lambda: rows(PLAIN, f"select * from {table} limit 0"), "42501"))
    for query in COUNTED:
        check(query, lambda: same(rows(PLAIN, query), rows(SEES_PEOPLE, query)))
    check("a real name finds nobody", finds_nobody, rows)
    check("no table shows a name to one who may not see it", shows_none, servers, rows)


def veiled(rows, query):
    shown, real = ([name for name, in rows(user, query)] for user in (PLAIN, SEES_PEOPLE))
    holds(real and not any(PSEUDONYM.fullmatch(name) for name in real), f"no real ones: {real[:3]}")
    holds(all(PSEUDONYM.fullmatch(name) for name in shown), f"no pseudonyms: {shown[:3]}")
    same(len(shown), len(real))


def refused_to_one(rows, table):
    for query in [f"select count(*) from {table}",
                  f"with t as (select * from {table}) select count(*) from t",
                  f"select (select count(*) from public.{table})"]:
        refused(lambda: rows(PLAIN, query), "42501")
    holds(rows(SEES_PEOPLE, f"select count(*) from {table}")[0][0] > 0, "there are none")


def finds_nobody(rows):
    (email,), = rows(SEES_PEOPLE, "select author_email from commits order by 1 limit 1")
    same(rows(PLAIN, f"select count(*) from commits where author_email = '{email}'"), [(0,)])
    same(rows(PLAIN, f"select count(*) from commits where author_email like '{email[:4]}%'"), [(0,)])


def shows_none(servers, rows):
    """Whatever the table: each cell is looked at."""
    real = {name for query in ["select identifier from identities", "select name from people"]
            for name, in rows(SEES_PEOPLE, query)}
    connection = psycopg.connect(**servers.login(), autocommit=True)
    tables = connection.execute("select table_schema, table_name from information_schema.tables "
                                "where table_schema in ('public', 'seeds')").fetchall()
    found = []
    for schema, table in tables:
        try:
            cursor = connection.execute(f'select * from {schema}."{table}"')
        except psycopg.errors.InsufficientPrivilege:
            continue
        columns = [column.name for column in cursor.description]
        found += sorted({f"{schema}.{table}.{column}" for row in cursor for column, cell in zip(columns, row)
                         if names(cell) & real})
    same(found, [])


def names(cell):
    if isinstance(cell, str):
        return {cell}
    return set(map(str, cell)) if isinstance(cell, list) else set()
