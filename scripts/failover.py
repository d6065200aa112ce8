"""Show that a failover loses nothing: two servers on a primary with a synchronous standby, clients that write, and the primary gone.

    python scripts/failover.py                   3 failovers, each on a new pair
    python scripts/failover.py --failovers 10 --seconds 8

What every client saw is compared by `history.py`. In each run a server is killed with -9 too. The primary is killed with -9,
every process of it, and the standby promoted; the servers find it by themselves: their address names both.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from pathlib import Path

from history import Operation, Run, Server, anomalies, final_state, prepare, sign_in, summary
from postgres import Cluster, free_port, temporary_folder

SYNCHRONOUS = ("synchronous_standby_names=*",)


def failover(folder: Path, seconds: float, clients: int) -> tuple[list[Operation], list[str], float]:
    """One run: the history, what is wrong with it, and for how many seconds nothing was acknowledged around the failover."""
    primary, standby = Cluster(folder / "primary", settings=()), Cluster(folder / "standby", settings=())
    try:
        primary.make().start()
        standby.copy(primary).start()
        primary.stop()
        primary.settings = SYNCHRONOUS
        primary.start()
        return under_load(primary, standby, seconds, clients)
    finally:
        for cluster in (primary, standby):
            cluster.stop()


def under_load(
    primary: Cluster, standby: Cluster, seconds: float, clients: int
) -> tuple[list[Operation], list[str], float]:
    """The part with clients."""
    address = f"postgresql://frappe@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres?target_session_attrs=read-write"
    program = Path(sys.executable).parent / "frappe-lite"
    ports = [free_port(), free_port()]
    servers = [
        Server(
            f"http://127.0.0.1:{port}",
            f"{program} serve --database {address} --port {port}",
            {"FRAPPE_LITE_SECRET_KEY": "x"},
        )
        for port in ports
    ]
    try:
        for each in servers:
            each.start()
        headers = sign_in(servers[0].url, servers[0].environment["FRAPPE_LITE_ADMIN_PASSWORD"])
        prepare(servers[0].url, headers)
        shared = Run([each.url for each in servers], headers, f"run{os.getpid()}")
        threads = [threading.Thread(target=shared.client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            time.sleep(seconds)
            servers[1].kill()
            servers[1].start()
            time.sleep(seconds / 2)
            died = time.monotonic()
            primary.kill()
            standby.promote()
            time.sleep(seconds)
        finally:
            shared.stopped.set()
            for thread in threads:
                thread.join()
        written = sorted(
            each.end for each in shared.history if each.outcome == "ok" and each.kind in ("insert", "update")
        )
        before = max((each for each in written if each <= died), default=died)
        after = min((each for each in written if each > died + 0.05), default=float("inf"))
        return (
            shared.history,
            anomalies(shared.history, final_state(servers[0].url, headers, shared.label)),
            after - before,
        )
    finally:
        for server in servers:
            server.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--failovers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0, help="of work before and after (default: 6)")
    parser.add_argument("--clients", type=int, default=8)
    parsed = parser.parse_args()
    wrong = 0
    for number in range(parsed.failovers):
        with temporary_folder() as folder:
            history, found, gap = failover(folder, parsed.seconds, parsed.clients)
        wrong += len(found)
        print(f"failover {number + 1}: {summary(history)}; {gap:.1f} s without a write; {len(found)} anomalies")
        for each in found[:20]:
            print(f"  {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
