"""Nothing but reading: every attempt to write, or to get out, is refused and leaves no trace."""

import os

import psycopg
from checks import holds, refused, same

WRITES = [
    "copy deployments to 'FOLDER/out.csv'",
    "copy (select 1 as a) to program 'touch FOLDER/out'",
    "copy deployments from 'FOLDER/in.csv'",
    "copy deployments from stdin",
    "copy deployments from program 'touch FOLDER/out'",
    "create table mine (a int)",
    "create temporary table mine (a int)",
    "create table mine as select 1 as a",
    "create view mine as select 1 as a",
    "create or replace view deployments as select 1 as a",
    "create materialized view mine as select 1 as a",
    "create function mine(a int) returns int language sql as 'select a'",
    "create function mine(a int) returns int return $1 + 1",
    "create schema mine",
    "create database mine",
    "create role mine",
    "create extension mine",
    "create index mine on deployments (sha)",
    "insert into deployments (deployment_id) values ('x')",
    "insert into deployments (deployment_id) values ('x') returning deployment_id",
    "insert into deployments select * from deployments",
    "update deployments set sha = 'x'",
    "delete from deployments",
    "truncate deployments",
    "truncate table deployments",
    "merge into deployments d using clock on true when matched then delete",
    "select 1 as a into mine",
    "alter table deployments add column a int",
    "alter table deployments rename to mine",
    "drop table deployments",
    "drop view metrics.change_lead_time",
    "drop schema metrics cascade",
    "grant all on deployments to public",
    "comment on table deployments is 'x'",
    "lock table deployments",
    "vacuum",
    "analyze deployments",
    "set datafusion.execution.batch_size = 1",
    "set datafusion.catalog.information_schema = false",
    "set datafusion.execution.target_partitions to 64",
    "prepare mine as select 1",
    "prepare mine as insert into deployments (deployment_id) values ('x')",
    "execute mine",
    "call mine()",
    "explain analyze insert into deployments (deployment_id) values ('x')",
    "explain analyze copy deployments to 'FOLDER/out.csv'",
    "explain analyze create table mine as select 1 as a",
    "explain analyze delete from deployments",
    "explain insert into deployments (deployment_id) values ('x')",
    "declare mine cursor for insert into deployments (deployment_id) values ('x') returning 1",
    "with x as (insert into deployments (deployment_id) values ('x') returning 1) select * from x",
    "with x as (delete from deployments returning 1) select * from x",
]
# What need not be known as words at all: not knowing them is refusing them.
UNKNOWN = [
    "copy (select 1) to 'FOLDER/out.parquet' stored as parquet",
    "create external table mine stored as csv location 'FOLDER/'",
    "create external table mine (a int) stored as parquet location 'FOLDER/new/'",
    "do $$ begin end $$",
    "refresh materialized view mine",
    "checkpoint",
    "load 'mine'",
    "alter system set shared_buffers = '1GB'",
    "reindex table deployments",
    "security label on table deployments is 'x'",
    "import foreign schema public from server mine into public",
    "attach database 'FOLDER/x.db' as mine",
    "install mine",
]
ESCAPES = [
    "select * from 'FOLDER/lake'",
    "select * from 'LAKE_FILE'",
    'select * from "LAKE_FILE"',
    "select * from '/etc/passwd'",
    "select * from read_csv('/etc/passwd')",
    "select * from read_parquet('LAKE_FILE')",
    "select * from parquet_metadata('LAKE_FILE')",
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, 'FOLDER/out')",
    "select pg_sleep(100)",
    "select pg_terminate_backend(1)",
    "select pg_reload_conf()",
    "select dblink('host=127.0.0.1', 'select 1')",
    "select query_to_xml('select 1', true, true, '')",
    "select * from hidden.commits",
    "select * from hidden.deployments",
]
TOGETHER = ["select 1; WRITE", "WRITE; select 1", "begin; WRITE; commit", "select 1;; /* x */ WRITE -- x"]


def run(check, servers):
    before = listing(servers.watched)
    lake_file = next(path for path in servers.lake.rglob("*.parquet"))
    filled = lambda text: text.replace("FOLDER", str(servers.watched)).replace("LAKE_FILE", str(lake_file))
    open_ = lambda: psycopg.connect(**servers.login(), autocommit=True)
    for way, options in [("simple", {}), ("prepared", {"prepare": True})]:
        for statement in WRITES:
            check(f"{way}: {statement}", attempt, open_, filled(statement), options, ["42501"])
        for statement in UNKNOWN:
            check(f"{way}: {statement}", attempt, open_, filled(statement), options, ["42501", "42601", "0A000"])
        for statement in ESCAPES:
            # Unknown tables and functions, or what may not be read.
            check(f"{way}: {statement}", attempt, open_, filled(statement), options, ["42501", "42P01", "42883", "42601", "3F000"])
    for pattern in TOGETHER:
        statement = pattern.replace("WRITE", "insert into deployments (deployment_id) values ('x')")
        check(f"simple: {statement}", attempt, open_, statement, {}, ["42501"])
        check(f"prepared: {statement}", attempt, open_, statement, {"prepare": True}, ["42501", "42601"])
    check("copy by psycopg's own way", copied, open_)
    check("settings name no secret", secrets, open_)
    check("nothing was written", lambda: same(changes(before, listing(servers.watched)), []))
    check("the tables are as before", as_before, open_)


def attempt(open_, statement, options, codes):
    """Refused, and the connection answers on."""
    with open_() as connection:
        refused(lambda: connection.execute(statement, **options).statusmessage, *codes)
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            connection.execute("rollback")
        same(connection.execute("select 1").fetchone(), (1,))


def copied(open_):
    def copy():
        with open_().cursor().copy("copy deployments (deployment_id) from stdin") as stream:
            stream.write_row(("x",))

    refused(copy, "42501")


def secrets(open_):
    with open_() as connection:
        for query in ["show all", "select * from information_schema.df_settings", "select * from pg_catalog.pg_settings"]:
            shown = str(connection.execute(query).fetchall())
            for word in ["reads-only", "sees people", "secret_access_key"]:
                holds(word not in shown, f"`{query}` shows {word!r}")


def as_before(open_):
    with open_() as connection:
        holds(connection.execute("select count(*) from deployments").fetchone()[0] > 1000, "rows are missing")
        same(connection.execute("select count(*) from information_schema.tables where table_name = 'mine'").fetchone(), (0,))


def listing(folder):
    """All files and folders with sizes and times of change."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        about = os.lstat(path)
        found[str(path.relative_to(folder))] = (about.st_size, about.st_mtime_ns)
    return found


def changes(before, after):
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
