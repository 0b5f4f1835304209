#!/usr/bin/env python3
"""How fast SQL over lake tables is answered, beside DuckDB over the same Parquet files.

Ours is `dataweaver serve`, asked over GraphQL; DuckDB runs in a process of its own that reads a statement a line. Both
have two threads, keep running, and take turns (A B A B ...); the answers are compared. What is told is the median, and
the ratio pair by pair. Peak memory is what the kernel counts for a process that answers only this statement, all rounds.
Run it with a Python that has DuckDB: pip install duckdb.

    cargo build --release && python3 benches/sql.py --rows 5000000 --rounds 5
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import duckdb

ORDERS = """SELECT n AS id, hash(n) % 100000 AS customer, timestamp '2020-01-01' + to_seconds(n * 7) AS at,
    CAST(hash(n, 1) % 1000000 AS decimal(12, 2)) / 100 AS amount, 'order ' || n AS name, md5(n::varchar) AS note,
    ['open', 'paid', 'sent', 'returned', 'cancelled'][1 + (hash(n, 2) % 5)::int] AS status,
    (hash(n, 3) % 1000003) / 7.0::double AS score FROM range(1, {rows} + 1) r(n)"""
CUSTOMERS = """SELECT n AS id, 'customer ' || n AS name, 'country ' || hash(n) % 40 AS country
    FROM range(0, 100000) r(n)"""

STATEMENTS = {
    "count": "SELECT count(*) FROM bench.orders WHERE amount > 2500",
    "group, 5 groups": "SELECT status, count(*), sum(amount), avg(score) FROM bench.orders GROUP BY status ORDER BY status",
    "group, 100,000 groups": "SELECT customer, sum(amount) AS spent FROM bench.orders GROUP BY customer ORDER BY spent DESC, customer LIMIT 10",
    "join": """SELECT c.country, count(*), sum(o.amount) FROM bench.orders o JOIN bench.customers c ON c.id = o.customer
        WHERE o.status <> 'cancelled' GROUP BY c.country ORDER BY c.country""",
    "percentile": "SELECT status, percentile_cont(0.95) WITHIN GROUP (ORDER BY score) FROM bench.orders GROUP BY status ORDER BY status",
    "histogram": "SELECT floor(score / 1000) AS bin, count(*) FROM bench.orders GROUP BY bin ORDER BY bin",
    "LIKE": "SELECT count(*) FROM bench.orders WHERE note LIKE '%abc%'",
}

DUCKDB = """
import duckdb, json, sys
con = duckdb.connect(config={"threads": 2})
con.execute("CREATE SCHEMA bench")
for table in sys.argv[1:]:
    name, files = table.split("=")
    con.execute(f"CREATE VIEW bench.{name} AS SELECT * FROM read_parquet('{files}')")
print("ready", flush=True)
for line in sys.stdin:
    rows = con.execute(json.loads(line)).fetchall()
    print(json.dumps(rows, default=str), flush=True)
"""


def peak_mib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024


class Ours:
    def __init__(self, program, home):
        command = [program, "--data-dir", home, "-q", "serve", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = re.search(r"http://[\w.:]+", self.process.stdout.readline())[0]

    def ask(self, statement):
        text = json.dumps({"query": "query Ask($q: String!) { sql(query: $q) { rows } }", "variables": {"q": statement}})
        request = urllib.request.Request(f"{self.address}/graphql", text.encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as response:
            answer = json.load(response)
        if answer.get("errors"):
            sys.exit(f"{statement}: {answer['errors']}")
        return answer["data"]["sql"]["rows"]


class DuckDb:
    def __init__(self, tables):
        command = [sys.executable, "-c", DUCKDB, *(f"{name}={files}" for name, files in tables.items())]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, statement):
        self.process.stdin.write(json.dumps(statement) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def alike(left, right):
    """Whether two answers say the same: numbers may differ in how they are written, and in the last digits of doubles."""
    def same(a, b):
        try:
            return abs(float(a) - float(b)) <= 1e-9 * max(1.0, abs(float(a)))
        except (TypeError, ValueError):
            return a == b

    return len(left) == len(right) and all(
        len(a) == len(b) and all(map(same, a, b)) for a, b in zip(left, right)
    )


def timed(server, statement):
    began = time.monotonic()
    answer = server.ask(statement)
    return time.monotonic() - began, answer


def prepare(options, folder):
    """Makes the rows, syncs them, and tells the lake tables' files."""
    source, home = os.path.join(folder, "source"), os.path.join(folder, "home")
    os.mkdir(source)
    con = duckdb.connect()
    con.execute(f"COPY ({ORDERS.format(rows=options.rows)}) TO '{source}/orders.parquet' (FORMAT parquet)")
    con.execute(f"COPY ({CUSTOMERS}) TO '{source}/customers.parquet' (FORMAT parquet)")
    con.close()
    for verb in (["connectors", "add", "Bench", "--root", source], ["sync", "bench"]):
        subprocess.run([options.program, "--data-dir", home, "-q", *verb], check=True, stdout=subprocess.DEVNULL)
    lake = os.path.join(home, "lake")
    tables = {}
    for path, folders, _ in os.walk(lake):
        if "_delta_log" in folders:
            name = "orders" if "orders" in path else "customers"
            tables[name] = os.path.join(path, "*.parquet")
    assert set(tables) == {"orders", "customers"}, f"lake tables in {lake}: {tables}"
    return home, tables


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/dataweaver")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, tables = prepare(options, folder)
        print(f"SQL over {options.rows:,} orders of 8 columns and 100,000 customers of 3\n")
        print("| statement | DuckDB s | ours s | ratio (median, least, most) | peak MiB, DuckDB | ours |\n|---|---|---|---|---|---|")
        for name, statement in STATEMENTS.items():
            servers = {"duckdb": DuckDb(tables), "ours": Ours(options.program, home)}
            taken = {server: [] for server in servers}
            try:
                answers = {server: timed(it, statement)[1] for server, it in servers.items()}
                assert alike(*answers.values()), f"{name}: the answers differ: {answers}"
                for _ in range(options.rounds):
                    for server, it in servers.items():
                        taken[server].append(timed(it, statement)[0])
                peaks = {server: peak_mib(it.process) for server, it in servers.items()}
            finally:
                for it in servers.values():
                    it.process.terminate()
                    it.process.wait(timeout=30)
            ratios = [ours / other for other, ours in zip(taken["duckdb"], taken["ours"])]
            told = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
            medians = " | ".join(f"{statistics.median(seconds):.3f}" for seconds in taken.values())
            print(f"| {name} | {medians} | {told} | {peaks['duckdb']:.0f} | {peaks['ours']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
