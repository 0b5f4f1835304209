#!/usr/bin/env python3
"""How long a scenario takes to be set up, and a question to be answered, however large its world is.

Set-up is a whole process on an empty folder, from its start to its end: connectors, syncs of all their data sources,
the workflow, the validation. Questions are the sample questions of the scenario, asked of a server over GraphQL one after
the other, each three times; told are the median and the slowest of all, without the first of each, which also tells what
the tables hold. Peak memory is what the kernel counts for the process that sets up.

    cargo build --release && python3 benches/scenarios.py --sizes 1 10 100
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

QUESTION = "query($q: String!, $s: ID) { ask(question: $q, scenarioId: $s) { needsClarification } }"


def timed(command):
    """Seconds, CPU seconds and peak MiB of a process."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    seconds = time.monotonic() - started
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{output.decode()[-2000:]}\n{errors.decode()[-2000:]}")
    return seconds


def peak_of_children():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def ask(address, query, variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        data = json.load(answer)
    if "errors" in data:
        sys.exit(f"{variables}: {data['errors']}")
    return data["data"]


class Server:
    """A server on a free port."""

    def __init__(self, binary, options):
        self.process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for line in self.process.stdout:
            found = re.search(rb"http://127\.0\.0\.1:\d+", line)
            if found:
                self.address = found[0].decode()
                return
        sys.exit("the server does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def questions(address, scenario):
    """Milliseconds of each answer, the first of each question left out, and how many questions there are."""
    found = ask(address, "query($s: ID!) { scenario(id: $s) { sampleQueries } }", {"s": scenario})
    asked = found["scenario"]["sampleQueries"]
    times = []
    for question in asked:
        for turn in range(4):
            started = time.monotonic()
            ask(address, QUESTION, {"q": question, "s": scenario})
            if turn > 0:
                times.append((time.monotonic() - started) * 1000)
    return times, len(asked)


def rows(address):
    data = ask(address, "{ dataSources(first: 500) { nodes { rowCount } } }", {})
    return sum(node["rowCount"] or 0 for node in data["dataSources"]["nodes"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    parser.add_argument("--binary", default=os.path.join(target, "release", "dataweaver"))
    parser.add_argument("--scenarios", nargs="+", default=["customer_intelligence"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[1, 10, 100])
    parser.add_argument("--rounds", type=int, default=3, help="set-ups of size 1; larger ones are set up once")
    parser.add_argument("--postgres", help="URL of a server that may make databases, for set-ups of size 1 on it")
    options = parser.parse_args()
    print("| scenario | size | rows | set-up s | questions | median ms | slowest ms | peak MiB so far |")
    print("|---|---|---|---|---|---|---|---|")
    for scenario in options.scenarios:
        for size in options.sizes:
            seconds = []
            for turn in range(options.rounds if size == 1 else 1):
                with tempfile.TemporaryDirectory(prefix="dataweaver-bench-") as folder:
                    place = ["--data-dir", os.path.join(folder, "data")]
                    command = [options.binary, "demo", scenario, "--no-serve", "--size-factor", str(size), *place]
                    seconds.append(timed(command))
                    peak = peak_of_children()
                    with Server(options.binary, place) as server:
                        read, (times, number) = rows(server.address), questions(server.address, scenario)
            figures = f"{statistics.median(times):.0f} | {max(times):.0f} | {peak:.0f}"
            print(f"| {scenario} | {size} | {read:,} | {statistics.median(seconds):.1f} | {number} | {figures} |", flush=True)
        if options.postgres:
            print(f"| {scenario}, PostgreSQL | 1 | | {on_postgres(options, scenario):.1f} | | | | |", flush=True)


def on_postgres(options, scenario):
    """Seconds of `demo` where our own tables are on PostgreSQL."""
    name = f"dataweaver_bench_{os.getpid()}"
    psql = ["psql", "-q", options.postgres, "-c"]
    seconds = []
    for _ in range(options.rounds):
        subprocess.run([*psql, f"CREATE DATABASE {name}"], check=True)
        try:
            with tempfile.TemporaryDirectory(prefix="dataweaver-bench-") as folder:
                url = options.postgres.rsplit("/", 1)[0] + f"/{name}"
                os.environ.setdefault("DATAWEAVER_SECRET_KEY", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")
                place = ["--data-dir", os.path.join(folder, "data"), "--database-url", url]
                seconds.append(timed([options.binary, "demo", scenario, "--no-serve", *place]))
        finally:
            subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], check=True)
    return statistics.median(seconds)


main()
