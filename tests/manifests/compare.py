"""Reads each manifest of `cases` with airbyte-cdk, or with our program, or with both, and compares what they say.

    python3 tests/manifests/compare.py --ours target/debug/dataweaver          compares with the kept answers
    python3 tests/manifests/compare.py --ours … --reference                    compares with airbyte-cdk, which must be installed
    python3 tests/manifests/compare.py --reference --keep                      keeps airbyte-cdk's answers in `expected`

A case is a manifest with a comment for a first line: JSON with `config` and, if it goes on from somewhere, `state`. In all
three `PORT` stands for the API's port. Kept are the records and the last state of each stream, the failures' types, and how often
its API has asked to slow down.
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
import json, os, sys, yaml
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import (
    AirbyteStateMessageSerializer, ConfiguredAirbyteCatalog, ConfiguredAirbyteCatalogSerializer, ConfiguredAirbyteStream,
    DestinationSyncMode, SyncMode,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

for name, manifest_path, config_path, state_path, catalog_path in json.load(open(sys.argv[1])):
    print("\\n" + json.dumps({"case": name}), flush=True)
    # A process of its own: a failed read ends it.
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    manifest = yaml.safe_load(open(manifest_path))
    manifest.setdefault("spec", {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}})
    config = json.load(open(config_path))
    state = [AirbyteStateMessageSerializer.load(one) for one in json.load(open(state_path))]
    known = ConcurrentDeclarativeSource(source_config=manifest, config=config, catalog=None, state=None)
    streams = []
    for stream in (stream.as_airbyte_stream() for stream in known.streams(config)):
        modes = stream.supported_sync_modes
        mode = SyncMode.incremental if SyncMode.incremental in modes else SyncMode.full_refresh
        streams.append(ConfiguredAirbyteStream(stream=stream, sync_mode=mode, destination_sync_mode=DestinationSyncMode.append))
    catalog = ConfiguredAirbyteCatalog(streams=streams)
    text = json.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog), default=lambda value: getattr(value, "value", str(value)))
    open(catalog_path, "w").write(text)
    source = ConcurrentDeclarativeSource(source_config=manifest, config=config, catalog=catalog, state=state)
    try:
        launch(source, ["read", "--config", config_path, "--catalog", catalog_path, "--state", state_path])
    except BaseException as error:
        print("failed", repr(error)[:300], file=sys.stderr)
    sys.stdout.flush()
    os._exit(0)
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
        elif message.get("type") == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
            status = message["trace"]["stream_status"]
            if status.get("reasons") == [{"type": "RATE_LIMITED"}]:
                one = of(status["stream_descriptor"]["name"])
                one["limited"] = one.get("limited", 0) + 1
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


def run(command):
    finished = subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, "NO_PROXY": "*"})
    if os.environ.get("SHOW_ERRORS"):
        print(finished.stderr[-3000:], file=sys.stderr)
    return finished.stdout


def prepared(case, folder, port):
    """Writes a case's files; `run` in the configuration tells the API who asks."""
    text = case.read_text().replace("PORT", str(port))
    head = json.loads(text.splitlines()[0].lstrip("# "))
    paths = {name: folder / f"{case.stem}.{name}" for name in ("manifest", "config", "ours", "state", "catalog")}
    paths["manifest"].write_text(text)
    paths["config"].write_text(json.dumps({**head.get("config", {}), "run": "reference"}))
    paths["ours"].write_text(json.dumps({**head.get("config", {}), "run": "ours"}))
    paths["state"].write_text(json.dumps(head.get("state", [])))
    return {"name": case.stem, "paths": {name: str(path) for name, path in paths.items()}}


def referred(cases, folder, port):
    """What airbyte-cdk says of each case, in one process."""
    (folder / "run.py").write_text(REFERENCE)
    todo = [[case["name"], *(case["paths"][name] for name in ("manifest", "config", "state", "catalog"))] for case in cases]
    (folder / "todo.json").write_text(json.dumps(todo))
    output = run([sys.executable, "-W", "ignore", str(folder / "run.py"), str(folder / "todo.json")])
    told = {}
    for part in output.split('\n{"case": "')[1:]:
        name, rest = part.split('"}', 1)
        told[name] = said(rest, port)
    return told


def compared(case, reference, given, port):
    """Compares one case; returns whether it differs."""
    kept = HERE / "expected" / f"{case['name']}.json"
    expected = reference.get(case["name"]) or (json.loads(kept.read_text()) if kept.exists() else {})
    if given.keep:
        kept.write_text(json.dumps(expected, sort_keys=True, separators=(",", ":")) + "\n")
    if not given.ours:
        print(f"{case['name']}: " + ", ".join(f"{name} {len(one['records'])}" for name, one in sorted(expected.items())))
        return False
    paths = case["paths"]
    command = [*given.ours.split(), "--manifest", paths["manifest"], "--config", paths["ours"], "--state", paths["state"]]
    ours = said(run(command), port)
    if exact(ours) == exact(expected):
        print(f"{case['name']}: the same")
        return False
    print(f"{case['name']}: differs")
    for name in sorted({*expected, *ours}):
        left, right = expected.get(name, {}), ours.get(name, {})
        for part in ("records", "state", "failures", "limited"):
            if exact(left.get(part)) != exact(right.get(part)):
                print(f"  {name}.{part}\n    expected {json.dumps(left.get(part))[:1500]}\n    ours     {json.dumps(right.get(part))[:1500]}")
    return True


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
    with tempfile.TemporaryDirectory() as folder:
        cases = [prepared(case, Path(folder), port) for case in sorted((HERE / "cases").glob("*.yaml"))]
        cases = [case for case in cases if not given.cases or case["name"] in given.cases]
        reference = referred(cases, Path(folder), port) if given.reference else {}
        for case in cases:
            differing += compared(case, reference, given, port)
    server.shutdown()
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
