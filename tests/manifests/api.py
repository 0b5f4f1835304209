"""The API that the manifests in `cases` are read from. It answers the same to everybody, whatever was asked before."""

import base64
import gzip
import io
import json
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

PEOPLE = [
    {
        "id": number,
        "Name": f"Person {number}",
        "teamID": number % 3,
        "score": number * 1.5 if number % 4 else None,
        "active": number % 2 == 0,
        "updated_at": f"2024-01-{number:02d}T{number:02d}:30:00Z",
        "epoch": 1704067200 + number * 86400,
        "code": f"00{number}",
        "tags": [f"t{number}", "all"],
        "address": {"City": f"City {number}", "geo": {"lat": number / 3, "lon": -number}},
        "text": "5" if number % 2 else "it's",
    }
    for number in range(1, 24)
]
TEAMS = [{"id": number, "title": f"Team {number}", "changed": f"2024-01-1{number}"} for number in range(3)]
FAILURES = {}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, body, status=200, headers=(), kind="application/json"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.handle_any(self.rfile.read(length).decode())

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.handle_any(self.rfile.read(length).decode())

    def handle_any(self, body):
        url = urlparse(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        parts = [part for part in url.path.split("/") if part]
        getattr(self, "at_" + (parts[0] if parts else "root"), self.at_nowhere)(parts[1:], query, body)

    def at_nowhere(self, parts, query, body):
        self.answer({"error": {"message": "there is nothing here"}}, 404)

    def at_echo(self, parts, query, body):
        """What was asked, as the record."""
        wanted = ("authorization", "x-", "content-type")
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith(wanted)}
        everything = parse_qs(urlparse(self.path).query, keep_blank_values=True)
        try:
            body = json.loads(body)
        except ValueError:
            pass
        self.answer({"method": self.command, "path": "/".join(parts), "query": everything, "headers": headers, "body": body})

    def at_raw(self, parts, query, body):
        """The address that was asked for, as it came."""
        self.answer({"address": self.path})

    def at_people(self, parts, query, body):
        found = PEOPLE
        for name, low, high in (("since", True, False), ("until", False, True)):
            if name in query:
                found = [p for p in found if (p["updated_at"] >= query[name] if low else p["updated_at"] <= query[name])]
        if "team" in query:
            found = [p for p in found if str(p["teamID"]) == query["team"]]
        if "from" in query and "to" in query:
            found = [p for p in found if int(query["from"]) <= p["epoch"] <= int(query["to"])]
        if query.get("order") == "desc":
            found = list(reversed(found))
        size = int(query.get("size", 5))
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        else:
            start = int(query.get("offset", query.get("cursor", 0)))
        page = found[start : start + size]
        more = start + size < len(found)
        host = self.headers["Host"]
        next_query = "&".join(f"{k}={v}" for k, v in {**query, "cursor": start + size}.items())
        next_url = f"http://{host}/people?{next_query}" if more else None
        headers = [("Link", f'<{next_url}>; rel="next", <http://{host}/people>; rel="first"')] if more else []
        headers.append(("X-Next", str(start + size) if more else ""))
        self.answer(
            {"data": {"items": page}, "next": next_url, "cursor": start + size if more else None, "has_more": more}, headers=headers
        )

    def at_teams(self, parts, query, body):
        teams = [team for team in TEAMS if query.get("since", "") <= team["changed"] <= query.get("until", "9")]
        if len(parts) == 2 and parts[1] == "members":
            members = [p for p in PEOPLE if str(p["teamID"]) == parts[0]]
            if "since" in query:
                members = [p for p in members if p["updated_at"] >= query["since"]]
            return self.answer(members)
        self.answer(teams)

    def at_lines(self, parts, query, body):
        self.answer("\n".join(json.dumps(person) for person in PEOPLE[:4]).encode(), kind="application/x-ndjson")

    def at_csv(self, parts, query, body):
        self.answer('id;name;note\n1;"A ""q""; x";\n2;b;NA\n\n3;"two\nlines";é\n'.encode("latin-1"), kind="text/csv")

    def at_marked(self, parts, query, body):
        """CSV with a mark at its start, ends of lines as Windows has them, and fields with a bar between."""
        self.answer("\ufeffid|note\r\n1|\"two\r\nlines\"\r\n2|é\r\n".encode(), kind="text/csv")

    def at_bytes(self, parts, query, body):
        """A text of which every byte is a letter."""
        self.answer(b'id;note\n1;\x80\xe9\n' if parts[0] == "csv" else '{"rows": [{"id": 1, "note": "ßé"}]}'.encode("latin-1"))

    def at_zipped(self, parts, query, body):
        self.answer(gzip.compress(json.dumps(PEOPLE[:3]).encode()), kind="application/octet-stream")

    def at_xml(self, parts, query, body):
        self.answer(
            b"""<?xml version="1.0"?><feed version="2"><title>  A &amp; B </title><empty/>
<entry id="1"><name>x</name><v>1</v></entry><entry id="2">text<b>1</b><b>2</b><![CDATA[ <c> ]]></entry></feed>""",
            kind="application/xml",
        )

    def at_odd(self, parts, query, body):
        self.answer(
            b'{"rows": {"a": {"id": 1, "n": 1.0, "big": 123456789012345678901234567890, "e": 1e-7, "u": 18446744073709551615,'
            b' "neg": -0.0, "s": "\\u00e9\\ud83d\\ude00", "nested": [{"k": [1, {"z": null}]}]},'
            b' "b": {"id": 2, "n": 0.1, "big": 9007199254740993, "e": 1E400x}}}'.replace(b"1E400x", b"1E30")
        )

    def at_archive(self, parts, query, body):
        """A ZIP of two files."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in (1, 2):
                archive.writestr(f"part{number}.json", json.dumps([{"id": number, "part": f"p{number}"}]))
        self.answer(packed.getvalue(), kind="application/zip")

    def at_deep(self, parts, query, body):
        """A list far down in a document."""
        self.answer({"meta": 1, "report": {"rows": [{"id": 1, "n": 1.50}, {"id": 2, "n": None}], "groups": [{"rows": [{"id": 3}]}, {}]}})

    def at_shapes(self, parts, query, body):
        self.answer({"pairs": [[["a", 1], ["b", None]], {"a": "x"}], "lists": [{"a": 1}, [1, 2, 3], {"a": 2}]})

    def at_invoices(self, parts, query, body):
        """Invoices that hold the first page of their lines."""
        lines = lambda invoice: [{"id": f"{invoice}-{number}"} for number in range(5)]
        page = lambda invoice, start: {"data": lines(invoice)[start : start + 2], "has_more": start + 2 < 5}
        if parts:
            after = [line["id"] for line in lines(parts[0])].index(query["after"]) if "after" in query else -1
            return self.answer(page(parts[0], after + 1))
        self.answer([{"id": "i1", "lines": page("i1", 0)}, {"id": "i2"}, {"id": "i3", "lines": {"data": [], "has_more": False}}])

    def at_picky(self, parts, query, body):
        """People, though not behind the 8th at once, not more than 3 to a page, and not of more than 5 days."""
        rule = parts[0]
        if rule == "depth" and int(query.get("offset", 0)) >= 8:
            return self.answer({"error": {"message": "that far down nothing is given"}}, 416)
        if rule == "size" and int(query.get("size", 5)) > int(parts[1]):
            return self.answer({"error": {"message": "too many at once"}}, 413)
        if rule == "span":
            day = lambda key: int(query[key][8:10])
            if day("until") - day("since") > int(parts[1]):
                return self.answer({"error": {"message": "too long"}}, 422)
        self.at_people(parts, query, body)

    def at_orders(self, parts, query, body):
        """Orders that hold the start of their lines; all lines of one, a page at a time."""
        lines = lambda order: [{"sku": f"{order}-{number}", "n": number, "by": {"x": number}} for number in range(5)]
        if parts:
            start = int(query.get("from", 0))
            more = start + 2 < 5
            return self.answer({"lines": lines(parts[0])[start : start + 2] if parts[0] != "o3" else [], "next": start + 2 if more else None})
        if "page" in query:
            return self.answer({"one": {"id": "o10", "lines": {"data": [{"sku": "o10-0"}]}}})
        self.answer(
            {
                "orders": [
                    {"id": "o1", "n": "one", "by": {"who": "Ann", "x": 9}, "lines": {"data": lines("o1")[:2], "has_more": True, "total_count": 5}},
                    {"id": "o2", "tags": ["a", "b"], "lines": {"data": lines("o2")[:1], "has_more": False}},
                    {"id": "o3", "lines": {"data": [{"sku": "o3-0"}], "has_more": True}},
                    {"id": "o4", "lines": {"data": [], "has_more": False}, "parts": [{"items": [1, "x"]}, {"items": [{"q": 1}]}, {"items": {"q": 2}}]},
                    {"id": "o5"},
                    "loose",
                ],
                "one": {"id": "o9", "lines": {"data": [{"sku": "o9-0"}, None, 5]}},
            }
        )

    def at_tables(self, parts, query, body):
        """What streams can be made of."""
        tables = [{"id": "tA", "name": "First", "key": "id", "size": 4}, {"id": "tB", "name": "2nd", "key": "x", "size": 7}]
        self.answer({"tables": tables if query.get("base") != "none" else []})

    def at_properties(self, parts, query, body):
        self.answer({"names": [{"name": "Name"}, {"name": "score"}, {"name": "text"}, {"name": "epoch"}, {"title": "x"}]})

    def at_some(self, parts, query, body):
        """People with the fields that are asked for."""
        fields = query.get("fields", "").split(",")
        size, start = int(query.get("size", 5)), int(query.get("offset", 0))
        people = PEOPLE[start : start + size]
        told = [{"id": str(p["id"]), **{field: p[field] for field in fields if field in p}, "of": {fields[0]: 1}} for p in people]
        self.answer({"items": told, "next": start + size if start + size < 9 else None})

    def at_session(self, parts, query, body):
        """A login, and a look whether a session is good."""
        if self.command == "POST":
            return self.answer({"id": "session-of-" + json.loads(body)["username"]})
        self.answer({}, 200 if self.headers.get("X-Session") == "good" else 401)

    def at_jobs(self, parts, query, body):
        """Jobs: a name and how often they are still running, made by a POST and asked after by a GET."""
        name, polls = parts[0], int(parts[1])
        if self.command == "POST":
            asked = json.loads(body) if body else {}
            return self.answer({"job": {"id": name, "asked": asked}}, headers=[("X-Job", f"h-{name}")])
        key = (self.path, self.headers.get("X-Run", ""))
        FAILURES[key] = FAILURES.get(key, 0) + 1
        status = "RUNNING" if FAILURES[key] <= polls else {"none": "EMPTY", "bad": "FAILED"}.get(name, "DONE")
        host = self.headers["Host"]
        urls = [f"http://{host}/made/{name}/{number}" for number in (1, 2)]
        self.answer({"state": status, "urls": urls, "token": f"p-{name}"})

    def at_made(self, parts, query, body):
        """What a job made."""
        if parts[0] == "odd":
            return self.answer(b"id,note,,note\r\n1,null,NA,\"a\r\nb\"\r\n2,,x,None\r\n", kind="text/csv")
        rows = "\n".join(f"{parts[0]}-{parts[1]}-{number},{number}," + ("NA" if number % 2 else "x") for number in range(3))
        self.answer(gzip.compress(f"id,number,note\n{rows}\n".encode()), kind="application/gzip")

    def at_tokens(self, parts, query, body):
        """What is left to a token, and who asks for a page. The second token is told to be good, and refused."""
        token = self.headers.get("Authorization", "")
        name = token.split(" ")[-1]
        until = 4102444800
        if parts[0] == "quotas":
            left = {"first": 2, "second": 3, "third": 40}.get(name)
            if left is None:
                return self.answer({}, 404)
            pages = {"left": left, "of": 60, "until": until}
            return self.answer({"pages": pages, "finds": {**pages, "until": "2100-01-01T00:00:00Z"}, "none": {**pages, "left": 0}})
        if parts[0] == "pages" and name == "second":
            return self.answer({}, 429, [("Retry-After", "30")])
        page = int(query.get("page", 0))
        told = {"first": (0, until), "second": (1, until + 3600), "third": (30, until - 3600)}.get(name, (9, until))
        headers = [("X-Left", str(told[0])), ("X-Until", str(told[1]))]
        self.answer([{"page": page, "by": token}] if page < 6 else [], headers=headers)

    def at_fails(self, parts, query, body):
        """Fails as often as the path says, then answers."""
        key = (self.path, self.headers.get("X-Run", ""))
        FAILURES[key] = FAILURES.get(key, 0) + 1
        if FAILURES[key] <= int(parts[1]):
            return self.answer({"error": {"message": "try again"}}, int(parts[0]), [("Retry-After", "0"), ("X-Wait", "wait 0.2 s")])
        self.answer([{"id": 1}])

    def at_status(self, parts, query, body):
        self.answer({"errors": [{"message": "no"}, {"detail": "really"}]}, int(parts[0]))

    def at_token(self, parts, query, body):
        fields = {key: values[-1] for key, values in parse_qs(body).items()}
        self.answer({"outer": {"access_token": "tok-" + fields.get("refresh_token", "none"), "expires_in": 3600}})

    def at_login(self, parts, query, body):
        self.answer({"session": {"id": "ses-" + json.loads(body)["user"]}})

    def at_fields(self, parts, query, body):
        kinds = [("id", "int"), ("Name", "str"), ("tags", "list"), ("score", "num"), ("x", "weird")]
        self.answer({"fields": [{"key": name, "kind": kind} for name, kind in kinds]})


def serve():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    server = serve()
    print(server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)
