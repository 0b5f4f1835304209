"""Reads each manifest of `cases` with airbyte-cdk, or with our program, or with both, and compares what they say.

    python3 tests/manifests/compare.py --ours target/debug/dataweaver          compares with the kept answers
    python3 tests/manifests/compare.py --ours … --reference                    compares with airbyte-cdk, which must be installed
    python3 tests/manifests/compare.py --reference --keep                      keeps airbyte-cdk's answers in `expected`

A case is a manifest with a comment for a first line: JSON with `config` and, if it goes on from somewhere, `state`. In all
three `PORT` stands for the API's port. Kept are the records and the last state of each stream, and the failures' types.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import api  # noqa: E402

REFERENCE = """
import sys, yaml
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.models import ConfiguredAirbyteCatalog, ConfiguredAirbyteCatalogSerializer, AirbyteStateMessageSerializer
import json
manifest = yaml.safe_load(open(sys.argv[1]))
config = json.load(open(sys.argv[2]))
state = [AirbyteStateMessageSerializer.load(s) for s in json.load(open(sys.argv[3]))]
probe = ConcurrentDeclarativeSource(source_config=manifest, config=config, catalog=None, state=None)
streams = [s.as_airbyte_stream() for s in probe.streams(config)]
from airbyte_cdk.models import ConfiguredAirbyteStream, SyncMode, DestinationSyncMode
catalog = ConfiguredAirbyteCatalog(streams=[ConfiguredAirbyteStream(stream=s, sync_mode=SyncMode.incremental if SyncMode.incremental in s.supported_sync_modes else SyncMode.full_refresh, destination_sync_mode=DestinationSyncMode.append) for s in streams])
open(sys.argv[4], 'w').write(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog), default=lambda v: getattr(v, 'value', str(v))))
source = ConcurrentDeclarativeSource(source_config=manifest, config=config, catalog=catalog, state=state)
launch(source, ['read', '--config', sys.argv[2], '--catalog', sys.argv[4], '--state', sys.argv[3]])
"""


def said(lines, port):
    """Records, last states and failures by stream, without what changes from run to run."""
    streams = {}

    def of(name):
        return streams.setdefault(name, {"records": [], "state": None, "failures": []})

    for line in lines.splitlines():
        try:
            message = json.loads(line.replace(f":{port}", ":PORT"))
        except ValueError:
            continue
        if message.get("type") == "RECORD":
            of(message["record"]["stream"])["records"].append(message["record"]["data"])
        elif message.get("type") == "STATE":
            stream = message["state"]["stream"]
            state = stream["stream_state"]
            state.pop("lookback_window", None)
            of(stream["stream_descriptor"]["name"])["state"] = state
        elif message.get("type") == "TRACE" and message["trace"]["type"] == "ERROR":
            descriptor = message["trace"]["error"].get("stream_descriptor")
            if descriptor:
                of(descriptor["name"])["failures"].append(message["trace"]["error"]["failure_type"])
    for stream in streams.values():
        # Slices are read side by side by the reference.
        stream["records"].sort(key=lambda record: json.dumps(record, sort_keys=True))
        state = stream["state"] or {}
        state.get("states", []).sort(key=lambda one: json.dumps(one, sort_keys=True))
    return streams


def exact(value):
    """A value with its types: 1 is not 1.0."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return [type(value).__name__, repr(value)]


def run(command, files):
    finished = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, "NO_PROXY": "*"})
    if os.environ.get("SHOW_ERRORS"):
        print(finished.stderr[-3000:], file=sys.stderr)
    return finished.stdout


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--ours", help="our program")
    arguments.add_argument("--reference", action="store_true", help="run airbyte-cdk, with this Python")
    arguments.add_argument("--keep", action="store_true", help="keep the reference's answers")
    arguments.add_argument("cases", nargs="*", help="names of cases; all where none is given")
    given = arguments.parse_args()
    server = api.serve()
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    differing = 0
    for case in sorted((HERE / "cases").glob("*.yaml")):
        if given.cases and case.stem not in given.cases:
            continue
        text = case.read_text().replace("PORT", str(port))
        head = json.loads(text.splitlines()[0].lstrip("# "))
        answers = {}
        with tempfile.TemporaryDirectory() as folder:
            files = {name: Path(folder) / name for name in ("manifest.yaml", "config.json", "state.json", "catalog.json", "run.py")}
            files["manifest.yaml"].write_text(text)
            files["state.json"].write_text(json.dumps(head.get("state", [])))
            files["run.py"].write_text(REFERENCE)
            paths = [str(files[name]) for name in ("manifest.yaml", "config.json", "state.json", "catalog.json")]
            for who in ("reference", "ours"):
                files["config.json"].write_text(json.dumps({**head.get("config", {}), "run": who}))
                if who == "reference" and given.reference:
                    answers[who] = said(run([sys.executable, "-W", "ignore", str(files["run.py"]), *paths], files), port)
                elif who == "ours" and given.ours:
                    command = [*given.ours.split(), "--manifest", paths[0], "--config", paths[1], "--state", paths[2]]
                    answers[who] = said(run(command, files), port)
        kept = HERE / "expected" / f"{case.stem}.json"
        if given.keep:
            kept.write_text(json.dumps(answers["reference"], sort_keys=True, separators=(",", ":")) + "\n")
        expected = answers.get("reference") or (json.loads(kept.read_text()) if kept.exists() else {})
        if "ours" in answers and exact(answers["ours"]) != exact(expected):
            differing += 1
            print(f"{case.stem}: differs")
            for name in sorted({*expected, *answers["ours"]}):
                left, right = expected.get(name, {}), answers["ours"].get(name, {})
                for part in ("records", "state", "failures"):
                    if exact(left.get(part)) != exact(right.get(part)):
                        print(f"  {name}.{part}\n    expected {json.dumps(left.get(part))[:1500]}\n    ours     {json.dumps(right.get(part))[:1500]}")
        else:
            print(f"{case.stem}: " + ", ".join(f"{name} {len(s['records'])} records" for name, s in sorted(expected.items())))
    server.shutdown()
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
