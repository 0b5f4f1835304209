"""Reads a simulated account with Google's own client, and prints what it found as one JSON object."""

import base64
import json
import sys

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

origin, client_id, client_secret, refresh_token, targets, budget, handbook = sys.argv[1:]
credentials = Credentials(
    None, refresh_token=refresh_token, token_uri=f"{origin}/token", client_id=client_id, client_secret=client_secret
)


def service(name, version, path="", who=credentials):
    where = {"api_endpoint": f"{origin}/{path}"}
    return build(name, version, credentials=who, client_options=where, static_discovery=True, cache_discovery=False)


drive, sheets = service("drive", "v3", "drive/v3/"), service("sheets", "v4")
docs, gmail = service("docs", "v1"), service("gmail", "v1")
calendar = service("calendar", "v3", "calendar/v3/")
said = {}


def every(resource, key, method="list", **asked):
    """All things of a list, page by page."""
    found, pages = [], 0
    request = getattr(resource, method)(**asked)
    while request is not None:
        answer = request.execute()
        found += answer.get(key, [])
        pages += 1
        request = getattr(resource, f"{method}_next")(request, answer)
    return found, pages, answer


both = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
said["user"] = drive.about().get(fields="user").execute()["user"]["emailAddress"]
files, said["pages"], _ = every(
    drive.files(), "files", q="trashed = false", pageSize=3, fields="nextPageToken,files(id,name,mimeType)", corpora="allDrives", **both
)
said["files"] = len({file["id"] for file in files})
everything, _, _ = every(drive.files(), "files", pageSize=100, corpora="allDrives", **both)
said["all"] = len(everything)
said["drives"] = [shared["name"] for shared in drive.drives().list().execute()["drives"]]
changed = set()
for log in [{}] + [{"driveId": shared["id"]} for shared in drive.drives().list().execute()["drives"]]:
    changes, _, last = every(drive.changes(), "changes", pageToken="1000", pageSize=4, **log, **both)
    changed |= {change["fileId"] for change in changes}
    start = drive.changes().getStartPageToken(supportsAllDrives=True, **log).execute()["startPageToken"]
    assert last["newStartPageToken"] == start
said["changes"] = len(changed)

book = sheets.spreadsheets().get(spreadsheetId=targets).execute()
said["tabs"] = [tab["properties"]["title"] for tab in book["sheets"]]
values = sheets.spreadsheets().values()
plain = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
said["rows"] = len(values.get(spreadsheetId=targets, range="Targets", **plain).execute()["values"])
ranges = ["Targets!A2:B2", "'Owners'!A:A"]
batch = values.batchGet(spreadsheetId=targets, ranges=ranges, **plain).execute()["valueRanges"]
said["first"] = batch[0]["values"][0]
said["shown"] = values.get(spreadsheetId=targets, range="Targets!A2:B2").execute()["values"][0]
grid = sheets.spreadsheets().get(spreadsheetId=targets, ranges=["Targets!A2:D2"], includeGridData=True).execute()
cells = grid["sheets"][0]["data"][0]["rowData"][0]["values"]
said["formats"] = [cell["effectiveFormat"].get("numberFormat", {}).get("type") for cell in cells]
plan = sheets.spreadsheets().get(spreadsheetId=budget, includeGridData=True).execute()["sheets"][0]
said["merges"] = len(plan["merges"])
errors = [
    cell["effectiveValue"]["errorValue"]["type"]
    for row in plan["data"][0]["rowData"]
    for cell in row.get("values", [])
    if "errorValue" in cell.get("effectiveValue", {})
]
said["error"] = errors[0]

document = docs.documents().get(documentId=handbook, includeTabsContent=True).execute()
said["document_tabs"] = [tab["tabProperties"]["title"] for tab in document["tabs"]]
content = document["tabs"][0]["documentTab"]["body"]["content"]
headings = [part["paragraph"] for part in content if "paragraph" in part]
headings = [part for part in headings if part["paragraphStyle"]["namedStyleType"].startswith("HEADING_")]
said["headings"] = ["".join(run["textRun"]["content"] for run in part["elements"]).strip() for part in headings]
tables = [part["table"] for part in content if "table" in part]
said["cells"] = sum(len(row["tableCells"]) for table in tables for row in table["tableRows"])

messages, _, _ = every(gmail.users().messages(), "messages", userId="me", maxResults=13)
said["messages"] = [message["id"] for message in messages]
answer = gmail.users().messages().list(userId="me", q="subject:Re", maxResults=1).execute()["messages"][0]["id"]
answer = gmail.users().messages().get(userId="me", id=answer, format="full").execute()
body = answer["payload"]["parts"][0]["parts"][0]["body"]["data"]
said["text"] = base64.urlsafe_b64decode(body).decode()
now = gmail.users().getProfile(userId="me").execute()["historyId"]
said["history"] = len(gmail.users().history().list(userId="me", startHistoryId=now).execute().get("history", []))

calendars, _, _ = every(calendar.calendarList(), "items", maxResults=1)
said["calendars"] = [entry["id"] for entry in calendars]
events, _, last = every(calendar.events(), "items", calendarId="primary", singleEvents=True, maxResults=5)
said["events"] = len(events)
news = calendar.events().list(calendarId="primary", singleEvents=True, syncToken=last["nextSyncToken"]).execute()
said["news"] = len(news["items"])

refused = []
stranger = Credentials("ya29.nobody")
for asked in (
    drive.files().get(fileId="1nowhere"),
    values.get(spreadsheetId=targets, range="Nowhere!A1"),
    service("drive", "v3", "drive/v3/", stranger).files().list(),
):
    try:
        asked.execute()
    except HttpError as error:
        refused.append(error.resp.status)
        assert error.reason, error.content
    except Exception as error:  # A token that cannot be renewed.
        refused.append(401 if "refresh" in str(error) else str(error))
said["refused"] = refused
print(json.dumps(said))
