"""Reads a mail server with Python's own imaplib and email, and prints as JSON what it finds."""

import base64
import email
import email.policy
import imaplib
import json
import re
import sys

port, user, password, token = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
refused = []


def refuses(what, call):
    """Notes that a call is refused, by an error or by NO."""
    try:
        status, _ = call()
    except imaplib.IMAP4.error:
        status = "NO"
    if status != "OK":
        refused.append(what)


def connect():
    return imaplib.IMAP4("127.0.0.1", port, timeout=30)


def xoauth2(given):
    """The response, and an empty one to the challenge that tells why a token is refused."""
    responses = [f"user={user}\x01auth=Bearer {given}\x01\x01".encode()]
    return lambda challenge: responses.pop(0) if responses else b""


stranger = connect()
refuses("password", lambda: stranger.login(user, "wrong"))
refuses("token", lambda: stranger.authenticate("XOAUTH2", xoauth2("wrong")))
status, _ = stranger.authenticate("XOAUTH2", xoauth2(token))
assert status == "OK" and stranger.state == "AUTH"
stranger.logout()

imap = connect()
# A password in quotes, which imaplib sends as it is.
assert imap.login(user, password)[0] == "OK"
status, listed = imap.list()
mailboxes = [re.fullmatch(rb'\(([^)]*)\) "/" "(.*)"', line).group(2).decode() for line in listed]
refuses("append", lambda: imap.append("INBOX", None, None, b"Subject: a\r\n\r\nb"))
refuses("missing mailbox", lambda: imap.select("Nowhere", readonly=True))


def fetched(answer):
    """The literals of a FETCH, each with the line that announces it."""
    return [(part[0], part[1]) for part in answer if isinstance(part, tuple)]


found, whole_messages = {}, {}
for mailbox in mailboxes:
    status, exists = imap.select(mailbox, readonly=True)
    assert status == "OK", exists
    status, numbers = imap.uid("SEARCH", None, "ALL")
    uids = numbers[0].split()
    messages = {}
    if uids:
        status, answer = imap.uid("FETCH", "1:*", "(UID RFC822.SIZE BODY.PEEK[])")
        for line, raw in fetched(answer):
            uid, size = re.search(rb"UID (\d+)", line).group(1), int(re.search(rb"RFC822.SIZE (\d+)", line).group(1))
            assert size == len(raw), line
            messages[uid] = email.message_from_bytes(raw, policy=email.policy.default)
            assert not messages[uid].defects, (line, messages[uid].defects)
    # The same again in pieces: headers and text by themselves make the whole.
    parts = 0
    for uid in uids:
        _, head = imap.uid("FETCH", uid, "(BODY.PEEK[HEADER])")
        _, text = imap.uid("FETCH", uid, "(BODY.PEEK[TEXT])")
        _, begin = imap.uid("FETCH", uid, "(BODY.PEEK[]<0.40>)")
        raw = fetched(head)[0][1] + fetched(text)[0][1]
        assert fetched(begin)[0][1] == raw[:40]
        again = email.message_from_bytes(raw, policy=email.policy.default)
        parts += again["Message-ID"] == messages[uid]["Message-ID"]
    found[mailbox] = {
        "exists": int(exists[0]),
        "whole": len(messages),
        "parts": parts,
        "ids": sorted(message["Message-ID"].strip("<>") for message in messages.values()),
    }
    whole_messages[mailbox] = messages

imap.select("INBOX", readonly=True)
refuses("wrong search", lambda: imap.search(None, "NONSENSE"))
_, answer = imap.fetch("1:*", "(FLAGS)")
unseen_by_hand = sum(b"\\Seen" not in line for line in answer)
_, unseen = imap.search(None, "UNSEEN")
_, customers = imap.search(None, "FROM", '"example.com"')
customers_by_hand = sum("example.com" in message["From"] for message in whole_messages["INBOX"].values())

imap.select("Sent", readonly=True)
attachments = sum(len(list(message.iter_attachments())) for message in whole_messages["Sent"].values())
_, answer = imap.fetch("1:*", "(BODYSTRUCTURE)")
by_structure = sum(line.count(b'"ATTACHMENT"') for line in answer)
for uid, message in whole_messages["Sent"].items():
    for attachment in message.iter_attachments():
        _, part = imap.uid("FETCH", uid, "(BODY.PEEK[2])")
        assert base64.b64decode(fetched(part)[0][1]) == attachment.get_content(), uid
assert imap.noop()[0] == "OK" and imap.close()[0] == "OK" and imap.logout()[0] in ("BYE", "OK")

print(
    json.dumps(
        {
            "mailboxes": sorted(mailboxes),
            "refused": refused,
            "found": found,
            "unseen": len(unseen[0].split()),
            "unseenByHand": unseen_by_hand,
            "fromCustomers": len(customers[0].split()),
            "fromCustomersByHand": customers_by_hand,
            "attachments": attachments,
            "attachmentsByStructure": by_structure,
        }
    )
)
