#!/usr/bin/env python3
"""How fast rows come from a source into a lake table, beside a bare read of the same rows.

Each work is a whole process, timed from its start to its end; CPU and peak memory are those that the kernel counts for
it. Works that are compared take turns (A B A B ...), and what is told is the median and the ratio pair by pair, for
machines are noisy. Needs python3, psql and a PostgreSQL at --postgres, mariadb and its server on loopback with root and
no password; --only measures one of them. Others stand beside ours where they are named: DuckDB where --duckdb is a
Python that has it (pip install duckdb-extension-postgres-scanner), dlt where --dlt is one that has it (pip install
'dlt[postgres,parquet]' sqlalchemy), and Sling where --sling is its program (pip install sling-linux-amd64 brings it).

    cargo build --release && python3 benches/extract.py --rows 5000000 --rounds 5
"""

import argparse
import csv
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

COLUMNS = """n::bigint AS id, (n % 100000)::int AS customer,
    timestamptz '2020-01-01' + n * interval '7 seconds' AS at, date '2020-01-01' + (n % 2000)::int AS day,
    (n % 1000000) / 100.0::numeric(12,2) AS amount, ('order ' || n)::varchar(40) AS name,
    CASE WHEN n % 3 = 0 THEN NULL ELSE 'note ' || md5(n::text) END AS note, n % 2 = 0 AS paid,
    n / 7.0::double precision AS score, md5(n::text)::uuid AS key,
    jsonb_build_object('n', n, 'tag', 'x' || n % 10) AS extra"""


def run(command, env=None):
    """Runs a process to its end; gives seconds, CPU seconds and peak MiB."""
    with open(os.devnull, "wb") as nowhere:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=nowhere, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    if status != 0:
        sys.exit(f"{command} failed: {said.decode()}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def table(name, rounds, works):
    """Lets works take turns and prints what they took; the first one is what the others are compared with."""
    taken = {work: [] for work in works}
    for _ in range(rounds):
        for work, go in works.items():
            taken[work].append(go())
    print(f"\n### {name}\n\n| work | seconds | CPU s | peak MiB | ratio (median, least, most) |\n|---|---|---|---|---|")
    first = [seconds for seconds, _, _ in taken[next(iter(works))]]
    for work, runs in taken.items():
        seconds, cpu, memory = (statistics.median(column) for column in zip(*runs))
        ratios = [run[0] / base for run, base in zip(runs, first)]
        told = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
        print(f"| {work} | {seconds:.2f} | {cpu:.2f} | {memory:.0f} | {told} |", flush=True)


class Product:
    """An installation of DataWeaver for one connector; every sync begins with an empty one."""

    def __init__(self, program, folder, arguments):
        self.program, self.folder = program, folder
        self.seed = os.path.join(folder, "seed")
        subprocess.run([program, "--data-dir", self.seed, "-q", "connectors", "add", "Bench", *arguments], check=True,
                       stdout=subprocess.DEVNULL)

    def sync(self):
        here = os.path.join(self.folder, "run")
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(self.seed, here)
        return run([self.program, "--data-dir", here, "-q", "sync", "bench"])

    def rows(self):
        here = os.path.join(self.folder, "run")
        found = subprocess.run([self.program, "--data-dir", here, "query", "SELECT count(*) FROM bench.t", "--json"],
                               check=True, capture_output=True)
        return json.loads(found.stdout)["rows"][0][0]


DUCKDB = """
import duckdb, duckdb_extension_postgres_scanner as extension, glob, sys
con = duckdb.connect(config={"threads": 2})
con.load_extension(glob.glob(extension.__path__[0] + "/**/*.duckdb_extension", recursive=True)[0])
con.execute(f"ATTACH '{sys.argv[1]}' AS source (TYPE postgres, READ_ONLY)")
con.execute(f"COPY source.public.t TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
"""

DLT = """
import dlt, sys
from dlt.sources.sql_database import sql_table
url, folder = sys.argv[1:]
source = sql_table(url.replace("postgres://", "postgresql+psycopg2://"), table="t", schema="public", backend="pyarrow")
lake = dlt.destinations.filesystem(f"{folder}/lake")
pipeline = dlt.pipeline("bench", pipelines_dir=f"{folder}/pipelines", destination=lake, dataset_name="bench")
pipeline.run(source, loader_file_format="parquet", write_disposition="replace")
"""


def dlt(python, url, folder):
    """dlt by its fastest way that keeps types, into Parquet files of a new folder."""
    here = f"{folder}/dlt"
    shutil.rmtree(here, ignore_errors=True)
    return run([python, "-c", DLT, url, here], {"RUNTIME__DLTHUB_TELEMETRY": "false"})


def sling(program, url, folder):
    """Sling into a CSV file: for Parquet it wants to download another program."""
    here = f"{folder}/sling"
    shutil.rmtree(here, ignore_errors=True)
    os.mkdir(here)
    command = [program, "run", "--src-conn", "SOURCE", "--src-stream", "public.t", "--tgt-object", f"file://{here}/t.csv"]
    return run(command, {"SOURCE": f"{url}?sslmode=disable", "SLING_DISABLE_TELEMETRY": "true"})


def copy_by_ranges(url, rows, count=4):
    """COPYs ranges of the key at the same time, all to nowhere: what the server can give."""
    to = [rows * part // count for part in range(count + 1)]
    copy = "psql -q {} -c 'COPY (SELECT * FROM t WHERE id > {} AND id <= {}) TO STDOUT (FORMAT binary)' &"
    copies = " ".join(copy.format(url, *ends) for ends in zip(to, to[1:]))
    return run(["sh", "-c", f"{copies} wait"])


def psql(server, database, sql):
    subprocess.run(["psql", "-q", f"{server}/{database}", "-c", sql], check=True)


def bench_postgres(options, folder):
    server, database = options.postgres, "dataweaver_bench"
    psql(server, "postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    psql(server, "postgres", f"CREATE DATABASE {database}")
    try:
        for rows in (options.rows, 100_000):
            psql(server, database, f"DROP TABLE IF EXISTS t; CREATE TABLE t AS SELECT {COLUMNS} FROM generate_series(1, {rows}) n")
            psql(server, database, "ALTER TABLE t ADD PRIMARY KEY (id)")
            psql(server, database, "VACUUM ANALYZE t")
            here = tempfile.mkdtemp(dir=folder)
            product = Product(options.program, here, ["--url", f"{server}/{database}"])
            copy = ["psql", "-q", f"{server}/{database}", "-c", "COPY t TO STDOUT (FORMAT binary)"]
            name = f"PostgreSQL, {rows:,} rows of 11 columns, from process start to the end"
            url = f"{server}/{database}"
            works = {
                "bare COPY to nowhere": lambda: run(copy),
                "four COPYs of ranges to nowhere": lambda: copy_by_ranges(url, rows),
                "dataweaver sync": product.sync,
            }
            if options.duckdb:
                works["DuckDB to Parquet"] = lambda: run([options.duckdb, "-c", DUCKDB, url, f"{here}/duck.parquet"])
            if options.dlt:
                works["dlt to Parquet"] = lambda: dlt(options.dlt, url, here)
            if options.sling:
                works["Sling to CSV"] = lambda: sling(options.sling, url, here)
            table(name, options.rounds, works)
            assert product.rows() == rows
    finally:
        psql(server, "postgres", f"DROP DATABASE {database} WITH (FORCE)")


def bench_mariadb(options, folder, rows=1_000_000):
    database = "dataweaver_bench"
    client = ["mariadb", "-h", "127.0.0.1", "-u", "root"]
    subprocess.run([*client, "-e", f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}"], check=True)
    try:
        columns = """seq AS id, seq % 100000 AS customer, timestamp('2020-01-01') + INTERVAL seq SECOND AS at,
            cast(seq % 1000000 / 100 AS decimal(12,2)) AS amount, concat('order ', seq) AS name, seq % 2 AS paid"""
        subprocess.run([*client, database, "-e", f"CREATE TABLE t AS SELECT {columns} FROM seq_1_to_{rows}; "
                        "ALTER TABLE t ADD PRIMARY KEY (id); ANALYZE TABLE t"], check=True, stdout=subprocess.DEVNULL)
        product = Product(options.program, tempfile.mkdtemp(dir=folder), ["--url", f"mysql://root@127.0.0.1/{database}"])
        select = [*client, "--quick", database, "-e", "SELECT * FROM t"]
        works = {"mariadb --quick to nowhere": lambda: run(select), "dataweaver sync": product.sync}
        table(f"MariaDB, {rows:,} rows of 6 columns", options.rounds, works)
        assert product.rows() == rows
    finally:
        subprocess.run([*client, "-e", f"DROP DATABASE {database}"], check=True)


def bench_files(options, folder, rows=1_000_000):
    def row(n):
        return (n, n % 100_000, f"2020-01-{n % 28 + 1:02}T00:00:00Z", f"{n % 1000000 / 100:.2f}", f"order {n}", n % 2)

    names = ["id", "customer", "at", "amount", "name", "paid"]
    shop = sqlite3.connect(os.path.join(folder, "shop.db"))
    shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, customer INTEGER, at TEXT, amount DECIMAL(12,2), name TEXT, paid INTEGER)")
    shop.executemany("INSERT INTO t VALUES (?,?,?,?,?,?)", (row(n) for n in range(rows)))
    shop.commit()
    shop.close()
    product = Product(options.program, tempfile.mkdtemp(dir=folder), ["--url", f"sqlite://{folder}/shop.db"])
    works = {"read the file": lambda: run(["cat", f"{folder}/shop.db"]), "dataweaver sync": product.sync}
    table(f"SQLite, {rows:,} rows of 6 columns", options.rounds, works)
    for kind in ("csv", "jsonl"):
        root = tempfile.mkdtemp(dir=folder)
        with open(f"{root}/t.{kind}", "w", newline="") as file:
            if kind == "csv":
                writer = csv.writer(file)
                writer.writerow(names)
                writer.writerows(row(n) for n in range(rows))
            else:
                file.writelines(json.dumps(dict(zip(names, row(n)))) + "\n" for n in range(rows))
        product = Product(options.program, tempfile.mkdtemp(dir=folder), ["--root", root])
        works = {"read the file": lambda: run(["cat", f"{root}/t.{kind}"]), "dataweaver sync": product.sync}
        table(f"{kind.upper()}, {rows:,} rows of 6 columns", options.rounds, works)
        assert product.rows() == rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/dataweaver")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432")
    parser.add_argument("--duckdb", metavar="PYTHON")
    parser.add_argument("--dlt", metavar="PYTHON")
    parser.add_argument("--sling", metavar="PROGRAM")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["postgres", "mariadb", "files"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        benches = {"postgres": bench_postgres, "mariadb": bench_mariadb, "files": bench_files}
        for name, bench in benches.items():
            if options.only in (None, name):
                bench(options, folder)


if __name__ == "__main__":
    main()
