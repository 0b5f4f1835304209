#!/usr/bin/env python3
"""How fast rows come from a source into a lake table, beside a bare read of the same rows.

Each work is a whole process, timed from its start to its end; CPU and peak memory are those that the kernel counts for
it. Works that are compared take turns (A B A B ...), and what is told is the median and the ratio pair by pair, for
machines are noisy. The rows have columns of eleven kinds, as far as their source knows them; every work must read all
rows, and the lake must hold them with the right types. Needs python3, psql and a PostgreSQL at --postgres, mariadb and
its server on loopback with root and no password; --only measures one of them. Others stand beside ours where they are
named: DuckDB where --duckdb is a Python that has it (pip install duckdb, and duckdb-extension-postgres-scanner for
PostgreSQL), dlt where --dlt is one that has it (pip install 'dlt[postgres,parquet]' sqlalchemy), and Sling where --sling
is its program (pip install sling-linux-amd64 brings it). A SQLite file is read by Python's sqlite3, too; CSV and JSON
lines by its csv and json where DuckDB is not named.

    cargo build --release && python3 benches/extract.py --rows 5000000 --rounds 5
"""

import argparse
import csv
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

POSTGRES_COLUMNS = """id bigint, customer int, at timestamptz, day date, amount numeric(12,2), name varchar(40), note text,
    paid bool, score double precision, key uuid, extra jsonb"""
POSTGRES_ROWS = """SELECT n, n % 100000, timestamptz '2020-01-01 00:00+00' + n * interval '7 seconds',
    date '2020-01-01' + n % 2000, (n % 1000000) / 100.0, 'order ' || n,
    CASE WHEN n % 3 > 0 THEN 'note ' || md5(n::text) END, n % 2 = 0, n / 7.0::double precision, md5(n::text)::uuid,
    jsonb_build_object('n', n, 'tag', 'x' || n % 10) FROM generate_series(1, {rows}) n"""

MARIADB_COLUMNS = """id BIGINT PRIMARY KEY, customer INT, at TIMESTAMP NULL, day DATE, amount DECIMAL(12,2),
    name VARCHAR(40), note TEXT, paid BOOL, score DOUBLE, `key` UUID, extra JSON"""
MARIADB_ROWS = """SELECT seq, seq % 100000, timestamp('2020-01-01') + INTERVAL seq * 7 SECOND,
    date('2020-01-01') + INTERVAL seq % 2000 DAY, seq % 1000000 / 100, concat('order ', seq),
    if(seq % 3 > 0, concat('note ', md5(seq)), NULL), seq % 2 = 0, seq / 7e0,
    insert(insert(md5(seq), 13, 1, '4'), 17, 1, '8'),
    json_object('n', seq, 'tag', concat('x', seq % 10)) FROM seq_1_to_{rows}"""

SQLITE_COLUMNS = """id INTEGER PRIMARY KEY, customer INT, at TIMESTAMPTZ, day DATE, amount DECIMAL(12,2),
    name VARCHAR(40), note TEXT, paid BOOLEAN, score DOUBLE, key UUID, extra JSON"""

# What each column is in the lake, where the source knows its type.
LAKE = {
    "id": "bigint", "customer": "integer", "at": "timestamp with time zone", "day": "date", "amount": "decimal(12,2)",
    "name": "text", "note": "text", "paid": "boolean", "score": "double", "key": "text", "extra": "text",
}


def row(n):
    """The same row for files, as Python has it."""
    digest = hashlib.md5(str(n).encode()).hexdigest()
    return {
        "id": n, "customer": n % 100_000,
        "at": (datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=n * 7)).isoformat() + "Z",
        "day": (datetime.date(2020, 1, 1) + datetime.timedelta(days=n % 2000)).isoformat(),
        "amount": n % 1_000_000 / 100, "name": f"order {n}", "note": f"note {digest}" if n % 3 > 0 else None,
        "paid": n % 2 == 0, "score": n / 7.0, "key": str(uuid.UUID(digest)), "extra": {"n": n, "tag": f"x{n % 10}"},
    }


def flat_row(n):
    """The same where there are no objects: JSON as text."""
    return [json.dumps(value) if isinstance(value, dict) else value for value in row(n).values()]


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

    def query(self, sql):
        here = os.path.join(self.folder, "run")
        found = subprocess.run([self.program, "--data-dir", here, "query", sql, "--json"], check=True, capture_output=True)
        return json.loads(found.stdout)

    def assert_holds(self, rows, types):
        """Whether the lake has all rows, of these types, and the NULLs among them."""
        found = {column["name"]: column["type"] for column in self.query("SELECT * FROM bench.t LIMIT 0")["columns"]}
        assert found == types, f"the lake has {found} and not {types}"
        counted = self.query("SELECT count(*), count(extra), count(note) FROM bench.t")["rows"][0]
        assert counted == [rows, rows, rows - rows // 3], f"the lake has {counted} of {rows} rows"


DUCKDB = """
import duckdb, glob, sys
source, file, rows = sys.argv[1:]
con = duckdb.connect(config={"threads": 2})
if source.startswith("postgres"):
    import duckdb_extension_postgres_scanner as extension
    con.load_extension(glob.glob(extension.__path__[0] + "/**/*.duckdb_extension", recursive=True)[0])
    con.execute(f"ATTACH '{source}' AS source (TYPE postgres, READ_ONLY)")
table = "source.public.t" if source.startswith("postgres") else f"'{source}'"
copy = f"COPY (FROM {table}) TO '{file}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
copied = con.execute(copy).fetchone()[0]
assert copied == int(rows), f"{copied} rows of {rows}"
"""

# All rows of a file as Python has them, each in its turn.
PYTHON = {
    "db": """
import sqlite3, sys
read = sum(1 for _ in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM t"))
assert read == int(sys.argv[2]), f"{read} rows of {sys.argv[2]}"
""",
    "csv": """
import csv, sys
with open(sys.argv[1], newline="") as file:
    read = sum(1 for _ in csv.reader(file)) - 1
assert read == int(sys.argv[2]), f"{read} rows of {sys.argv[2]}"
""",
    "jsonl": """
import json, sys
with open(sys.argv[1]) as file:
    read = sum(1 for line in file if json.loads(line))
assert read == int(sys.argv[2]), f"{read} rows of {sys.argv[2]}"
""",
}

DLT = """
import dlt, glob, pyarrow.parquet, sys
from dlt.sources.sql_database import sql_table
url, folder, rows = sys.argv[1:]
source = sql_table(url.replace("postgres://", "postgresql+psycopg2://"), table="t", schema="public", backend="pyarrow")
lake = dlt.destinations.filesystem(f"{folder}/lake")
pipeline = dlt.pipeline("bench", pipelines_dir=f"{folder}/pipelines", destination=lake, dataset_name="bench")
pipeline.run(source, loader_file_format="parquet", write_disposition="replace")
loaded = sum(pyarrow.parquet.read_metadata(file).num_rows for file in glob.glob(f"{folder}/lake/bench/t/*.parquet"))
assert loaded == int(rows), f"{loaded} rows of {rows}"
"""


def duckdb(python, source, folder, rows):
    """DuckDB into one Parquet file."""
    return run([python, "-c", DUCKDB, source, f"{folder}/duck.parquet", str(rows)])


def python(kind, file, rows):
    """Python's own readers, to nowhere."""
    return run([sys.executable, "-c", PYTHON[kind], file, str(rows)])


def dlt(python, url, folder, rows):
    """dlt by its fastest way that keeps types, into Parquet files of a new folder."""
    here = f"{folder}/dlt"
    shutil.rmtree(here, ignore_errors=True)
    return run([python, "-c", DLT, url, here, str(rows)], {"RUNTIME__DLTHUB_TELEMETRY": "false"})


def sling(program, url, folder, rows):
    """Sling into a CSV file: for Parquet it wants to download another program."""
    here = f"{folder}/sling"
    shutil.rmtree(here, ignore_errors=True)
    os.mkdir(here)
    command = [program, "run", "--src-conn", "SOURCE", "--src-stream", "public.t", "--tgt-object", f"file://{here}/t.csv"]
    taken = run(command, {"SOURCE": f"{url}?sslmode=disable", "SLING_DISABLE_TELEMETRY": "true"})
    with open(f"{here}/t.csv", newline="") as file:
        read = sum(1 for _ in csv.reader(file)) - 1
    assert read == rows, f"{read} rows of {rows}"
    return taken


def copy_by_ranges(url, rows, count=4):
    """COPYs ranges of the key at the same time, all to nowhere: what the server can give."""
    to = [rows * part // count for part in range(count + 1)]
    copy = """psql -q {} -c 'COPY (SELECT * FROM t WHERE id > {} AND id <= {}) TO STDOUT (FORMAT binary)' & all="$all $!";"""
    copies = " ".join(copy.format(url, *ends) for ends in zip(to, to[1:]))
    return run(["sh", "-c", f"{copies} for one in $all; do wait $one || exit 1; done"])


def psql(server, database, sql):
    return subprocess.run(["psql", "-qtA", f"{server}/{database}", "-c", sql], check=True, stdout=subprocess.PIPE).stdout


def bench_postgres(options, folder):
    server, database = options.postgres, "dataweaver_bench"
    psql(server, "postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    psql(server, "postgres", f"CREATE DATABASE {database}")
    try:
        for rows in (options.rows, 100_000):
            psql(server, database, f"DROP TABLE IF EXISTS t; CREATE TABLE t ({POSTGRES_COLUMNS})")
            psql(server, database, f"INSERT INTO t {POSTGRES_ROWS.format(rows=rows)}")
            psql(server, database, "ALTER TABLE t ADD PRIMARY KEY (id)")
            psql(server, database, "VACUUM ANALYZE t")
            assert int(psql(server, database, "SELECT count(*) FROM t")) == rows
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
                works["DuckDB to Parquet"] = lambda: duckdb(options.duckdb, url, here, rows)
            if options.dlt:
                works["dlt to Parquet"] = lambda: dlt(options.dlt, url, here, rows)
            if options.sling:
                works["Sling to CSV"] = lambda: sling(options.sling, url, here, rows)
            table(name, options.rounds, works)
            product.assert_holds(rows, LAKE)
    finally:
        psql(server, "postgres", f"DROP DATABASE {database} WITH (FORCE)")


def bench_mariadb(options, folder, rows=1_000_000):
    database = "dataweaver_bench"
    client = ["mariadb", "-h", "127.0.0.1", "-u", "root"]

    def sql(statements):
        return subprocess.run([*client, "-N", database, "-e", statements], check=True, stdout=subprocess.PIPE).stdout

    subprocess.run([*client, "-e", f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}"], check=True)
    try:
        sql(f"CREATE TABLE t ({MARIADB_COLUMNS}); SET time_zone = '+00:00'; INSERT INTO t {MARIADB_ROWS.format(rows=rows)}")
        sql("ANALYZE TABLE t")
        assert int(sql("SELECT count(*) FROM t")) == rows
        product = Product(options.program, tempfile.mkdtemp(dir=folder), ["--url", f"mysql://root@127.0.0.1/{database}"])
        select = [*client, "--quick", database, "-e", "SELECT * FROM t"]
        works = {"mariadb --quick to nowhere": lambda: run(select), "dataweaver sync": product.sync}
        table(f"MariaDB, {rows:,} rows of 11 columns", options.rounds, works)
        # The server keeps no difference between a bool and a tinyint.
        product.assert_holds(rows, {**LAKE, "paid": "tinyint"})
    finally:
        subprocess.run([*client, "-e", f"DROP DATABASE {database}"], check=True)


def bench_files(options, folder, rows=1_000_000):
    here = tempfile.mkdtemp(dir=folder)
    shop = sqlite3.connect(f"{here}/t.db")
    shop.execute(f"CREATE TABLE t ({SQLITE_COLUMNS})")
    shop.executemany("INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?,?)", (flat_row(n) for n in range(1, rows + 1)))
    shop.commit()
    shop.close()
    product = Product(options.program, tempfile.mkdtemp(dir=folder), ["--url", f"sqlite://{here}/t.db"])
    works = {"Python's sqlite3 to nowhere": lambda: python("db", f"{here}/t.db", rows), "dataweaver sync": product.sync}
    table(f"SQLite, {rows:,} rows of 11 columns", options.rounds, works)
    product.assert_holds(rows, {**LAKE, "customer": "bigint"})
    for kind in ("csv", "jsonl"):
        here, root = tempfile.mkdtemp(dir=folder), tempfile.mkdtemp(dir=folder)
        path = f"{root}/t.{kind}"
        with open(path, "w", newline="") as file:
            if kind == "csv":
                writer = csv.writer(file)
                writer.writerow(LAKE)
                for n in range(1, rows + 1):
                    # As everybody but Python writes it.
                    writer.writerow(str(value).lower() if isinstance(value, bool) else value for value in flat_row(n))
            else:
                file.writelines(json.dumps(row(n)) + "\n" for n in range(1, rows + 1))
        product = Product(options.program, tempfile.mkdtemp(dir=folder), ["--root", root])
        if options.duckdb:
            works = {"DuckDB to Parquet": lambda: duckdb(options.duckdb, path, here, rows)}
        else:
            works = {f"Python's {kind.rstrip('l')} to nowhere": lambda: python(kind, path, rows)}
        works["dataweaver sync"] = product.sync
        table(f"{kind.upper()}, {rows:,} rows of 11 columns", options.rounds, works)
        # Files have no integers of fewer bits, nor decimals.
        product.assert_holds(rows, {**LAKE, "customer": "bigint", "amount": "double"})


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
