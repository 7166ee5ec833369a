"""Many at a time, while one keeps the server busy."""

import threading
import time

import psycopg
from checks import holds, same
from with_psycopg3 import ENDLESS

MANY = 60
METRIC = "select count(*) from metrics.deployment_frequency where subject_kind = 'organization' and window_kind = 'month'"


def run(check, servers):
    check(f"{MANY} at a time beside an endless query", crowd, servers)


def crowd(servers):
    busy = psycopg.connect(**servers.login(), autocommit=True)
    # It ends by itself at last, where it can't be cancelled.
    busy.execute("set statement_timeout = '25s'")
    ended = []
    endless = threading.Thread(target=lambda: ended.append(failure_of(lambda: busy.execute(ENDLESS))), daemon=True)
    endless.start()
    time.sleep(0.5)
    answers, gate = [None] * MANY, threading.Barrier(MANY)
    askers = [threading.Thread(target=ask, args=(servers, gate, answers, at), daemon=True) for at in range(MANY)]
    began = time.monotonic()
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(max(0, 24 - (time.monotonic() - began)))
    still = endless.is_alive()
    busy.cancel()
    others = {str(answer)[:200] for answer in answers[1:]}
    same(others, {"0"})
    holds(isinstance(answers[0], int) and answers[0] > 0, f"the metric: {answers[0]}")
    holds(still, f"the endless query ended first: {ended}")


def ask(servers, gate, answers, at):
    try:
        with psycopg.connect(**servers.login(), autocommit=True) as connection:
            # All are logged in before the first asks.
            gate.wait(20)
            asked = METRIC if at == 0 else f"select count(*) from deployments where service_id = 'none-{at}'"
            answers[at] = connection.execute(asked).fetchone()[0]
    except Exception as failure:
        answers[at] = failure


def failure_of(do):
    try:
        do()
    except Exception as failure:
        return failure
