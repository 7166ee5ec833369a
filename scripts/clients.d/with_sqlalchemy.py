"""SQLAlchemy: what it finds out about a database, through each driver that it knows."""

import sqlalchemy as sa
from checks import holds, same
from server import DATABASE, PASSWORDS, PLAIN
from with_psycopg3 import DAY


def run(check, servers):
    for driver in ["psycopg", "psycopg2", "pg8000"]:
        url = sa.URL.create(f"postgresql+{driver}", PLAIN, PASSWORDS[PLAIN], "127.0.0.1", servers.port, DATABASE)
        # An engine a check: connections must not be shared with the processes of others.
        inspected = lambda: sa.inspect(sa.create_engine(url))
        check(f"{driver}: connect", connects, url)
        check(f"{driver}: schemas", lambda: holds(
            {"public", "metrics"} <= set(inspected().get_schema_names()), "some are missing"))
        check(f"{driver}: tables", lambda: holds("deployments" in inspected().get_table_names("public"), "missing"))
        check(f"{driver}: views", lambda: holds("change_lead_time" in inspected().get_view_names("metrics"), "missing"))
        check(f"{driver}: has a table", lambda: same(
            [inspected().has_table(name) for name in ["deployments", "nowhere"]], [True, False]))
        check(f"{driver}: columns", columns, inspected)
        check(f"{driver}: columns of a view", lambda: holds(
            "window_start" in {column["name"] for column in inspected().get_columns("change_lead_time", "metrics")}, "missing"))
        for what in ["pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints"]:
            check(f"{driver}: {what}", lambda: getattr(inspected(), f"get_{what}")("deployments"))
        check(f"{driver}: comment of a table", lambda: holds(
            inspected().get_table_comment("deployments")["text"], "there is none"))
        check(f"{driver}: a reflected table", reflected, url)
        check(f"{driver}: all views reflected", all_views, url)


def connects(url):
    with sa.create_engine(url).connect() as connection:
        asked = sa.text("select count(*) from deployments where service_id = :service")
        holds(connection.execute(asked, {"service": "checkout"}).scalar() > 0, "nothing found")


def columns(inspected):
    found = {column["name"]: column for column in inspected().get_columns("deployments")}
    same(list(found)[:2], ["deployment_id", "service_id"])
    wanted = {"finished_at": sa.TIMESTAMP, "is_planned": sa.BOOLEAN, "sha": sa.TEXT,
              "manual_steps_count": sa.BIGINT, "approving_team_ids": sa.ARRAY}
    for name, kind in wanted.items():
        holds(isinstance(found[name]["type"], kind), f"{name} is {found[name]['type']!r}")
    holds(found["finished_at"]["type"].timezone, "finished_at has no time zone")
    holds(found["deployment_id"]["comment"], "there is no comment")


def reflected(url):
    engine = sa.create_engine(url)
    table = sa.Table("deployments", sa.MetaData(), autoload_with=engine)
    asked = (sa.select(table.c.service_id, sa.func.count()).where(table.c.finished_at >= DAY)
             .group_by(table.c.service_id).order_by(table.c.service_id).limit(2))
    with engine.connect() as connection:
        same([row[0] for row in connection.execute(asked)], ["banners", "basket"])


def all_views(url):
    found = sa.MetaData()
    found.reflect(sa.create_engine(url), schema="metrics", views=True)
    holds("metrics.change_lead_time" in found.tables, "missing")
