"""psql: what it looks up for its backslash commands, and logging in."""

import os
import shutil
import subprocess

from checks import holds, same
from server import DATABASE, PASSWORDS, PLAIN


def run(check, servers):
    if not shutil.which("psql"):
        return check.skip("there is no psql; Debian has it in postgresql-client")
    ask = lambda command, **others: psql(servers.port, command, **others)
    for command, words in [
        (r"\d", ["deployments", "clock"]),
        (r"\dt", ["public | deployments "]),
        (r"\dv metrics.*", ["metrics | change_lead_time "]),
        (r"\d deployments", ["service_id", "timestamp with time zone", "text[]"]),
        (r"\d+ deployments", ["service_id", "The deploy tool's id"]),
        (r"\d metrics.change_lead_time", ["double precision"]),
        (r"\dt+", ["deployments"]),
        (r"\dn", ["public", "metrics"]),
        (r"\dn+", ["public", "metrics"]),
        (r"\l", [DATABASE]),
        (r"\du", [PLAIN]),
        (r"\df", []),
        (r"\dT", []),
        (r"\dp", ["deployments"]),
        (r"\conninfo", [f'as user "{PLAIN}"']),
    ]:
        check(command, shows, ask, command, words)
    check("columns keep their order", columns_keep_their_order, ask)
    check("a query", a_query, ask)
    check("an unknown table says so", says_so, ask, "select * from nowhere", "42P01")
    check("wrong syntax says so", says_so, ask, "selec 1", "42601")
    check("a column of an expression is named as in Postgres", named, ask, "select count(*) from deployments", "count")
    check("\\gdesc", named, ask, "select count(*) from deployments \\gdesc", "count")
    check("rows by cursor (FETCH_COUNT)", by_cursor, ask)
    check("who is asking", lambda: same(ask("select current_user", bare=True).stdout.strip(), PLAIN))
    check("encrypted", encrypted, servers)
    check("the certificate is verified", verified, servers)
    check("plain is refused where it must be encrypted", plain_is_refused, servers)
    check("a wrong password and an unknown user are refused alike", refused_alike, ask)


def psql(port, command, user=PLAIN, password=None, mode="disable", bare=False, more="", settings=()):
    environment = os.environ | {"PGPASSWORD": password or PASSWORDS[PLAIN], "LC_ALL": "C.UTF-8"}
    target = f"host=127.0.0.1 port={port} user={user} dbname={DATABASE} sslmode={mode} {more}"
    # Read from standard input, as -c takes no backslash command beside a query.
    return subprocess.run(
        ["psql", "-X", "-w", "-P", "pager=off", "-v", "VERBOSITY=verbose", *(["-At"] if bare else []), *settings, target],
        input=command + "\n", env=environment, capture_output=True, text=True, timeout=25)


def shows(ask, command, words):
    done = ask(command)
    holds(done.returncode == 0 and not done.stderr, done.stderr or f"ended with {done.returncode}")
    for word in words:
        holds(word in done.stdout, f"{word!r} is not in it: {done.stdout[:300]}")


def columns_keep_their_order(ask):
    lines = ask(r"\d deployments").stdout.splitlines()
    same([line.split("|")[0].strip() for line in lines[3:6]], ["deployment_id", "service_id", "repository_id"])


def a_query(ask):
    same(ask("select environment, count(*) > 10 from deployments where environment = 'production' group by 1",
             bare=True).stdout, "production|t\n")


def says_so(ask, query, code):
    told = ask(query).stderr
    holds(f"ERROR:  {code}:" in told, told or "nothing was said")


def named(ask, query, name):
    done = ask(query)
    holds(not done.stderr, done.stderr)
    holds(name in [word.strip() for line in done.stdout.splitlines()[:3] for word in line.split("|")], done.stdout)


def by_cursor(ask):
    done = ask("select deployment_id from deployments order by 1", bare=True, settings=["-v", "FETCH_COUNT=100"])
    holds(not done.stderr, done.stderr)
    count = ask("select count(*) from deployments", bare=True)
    same(len(done.stdout.splitlines()), int(count.stdout))


def encrypted(servers):
    done = psql(servers.tls_port, "\\conninfo\nselect count(*) > 0 from deployments;", mode="require", bare=True)
    holds("TLSv1" in done.stdout and done.stdout.endswith("t\n"), done.stdout + done.stderr)


def verified(servers):
    done = psql(servers.tls_port, "select 1;", mode="verify-full", more=f"sslrootcert={servers.certificate}", bare=True)
    same((done.stdout, done.stderr), ("1\n", ""))


def plain_is_refused(servers):
    done = psql(servers.tls_port, "select 1;", mode="disable")
    holds(done.returncode == 2 and "FATAL" in done.stderr and "encrypted" in done.stderr, done.stderr or done.stdout)


def refused_alike(ask):
    wrong, unknown = ask("select 1;", password="wrong"), ask("select 1;", user="nobody", password="wrong")
    for done in (wrong, unknown):
        holds(done.returncode == 2 and "FATAL" in done.stderr and "authentication failed" in done.stderr,
              done.stderr or "let in")
    alike = lambda done: done.stderr.replace("nobody", PLAIN)
    same(alike(unknown), alike(wrong))
