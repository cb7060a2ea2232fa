"""Who may ask: exact Host and Origin, tokens, roles, the session cookie, wrong tokens, what is kept on disk."""

import json
import socket
import stat

import httpx
import pytest

from cardos.errors import BadInput, StampdError
from host_tools.daemon.problems import Problem
from host_tools.daemon.security import COOKIE, WRONG_MAX, Addresses, Tokens, WrongTokens, identity

EFFECT = {"Idempotency-Key": "k"}


@pytest.fixture
def bare(till):
    """A client without a token."""
    with httpx.Client(base_url=till.url) as client:
        yield client


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "127.0.0.1.evil.example", "[::ffff:127.0.0.1]", ""])
def test_another_host_is_refused(till, host):
    answer = till.http.get("/api/v1/state", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "HOST_UNKNOWN")


def test_two_hosts_are_refused(till):
    host, port = till.url[7:].split(":")
    with socket.create_connection((host, int(port)), 10) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: %s:%s\r\nHost: evil.example\r\nConnection: close\r\n\r\n" % (host.encode(), port.encode()))
        assert line.makefile("rb").readline().split()[1] in (b"400", b"421")


@pytest.mark.parametrize("path", ["/", "/static/icon.svg", "/healthz", "/c/1abcd", "/nowhere"])
def test_the_host_is_checked_for_everything(till, path):
    assert till.http.get(path, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost.evil.example"])
def test_a_foreign_page_is_refused(till, origin):
    answer = till.http.post("/api/v1/intents", json={"kind": "show"}, headers={"Origin": origin, **EFFECT})
    assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_UNKNOWN")


def test_configured_names_count_exactly():
    addresses = Addresses(8787, ["till.example"])
    addresses.check("TILL.example", "https://till.example")
    addresses.check("localhost:8787", "http://localhost:8787")
    for host, origin in (("till.example:8787", None), ("x.till.example", None), ("till.example", "https://localhost:8787"), (None, None)):
        with pytest.raises(Problem):
            addresses.check(host, origin)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic dGlsbDp0aWxs", "bearer\twrong", "Bearer é"])
def test_without_a_token_nothing_is_told(bare, header):
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    for path in ("/api/v1/state", "/api/v1/events", "/api/v1/cards/1", "/api/v1/demo"):
        answer = bare.get(path, headers=headers)
        assert answer.status_code in (401, 429)
        assert answer.headers["content-type"] == "application/problem+json"


def test_many_wrong_tokens_have_to_wait_and_right_ones_do_not(till, bare):
    seen = [bare.get("/api/v1/state", headers={"Authorization": "Bearer wrong"}) for _ in range(WRONG_MAX + 2)]
    assert [answer.status_code for answer in seen] == [401] * WRONG_MAX + [429] * 2
    assert int(seen[-1].headers["retry-after"]) > 0
    till.get("/api/v1/state")


def test_the_wait_ends():
    now = [0.0]
    wrong = WrongTokens(lambda: now[0])
    for _ in range(WRONG_MAX):
        wrong.note("a")
    with pytest.raises(Problem):
        wrong.note("a")
    wrong.note("b")
    now[0] = 61.0
    wrong.note("a")


MAY = {
    "reader": {"state"}, "auditor": {"state", "cases"}, "cashier": {"state", "sell", "issue"},
    "manager": {"state", "cases", "sell", "issue", "opening", "block"},
    "technician": {"state", "cases", "sell", "issue", "opening", "block", "repair", "perform"},
}  # fmt: skip
ASKED = {
    "state": ("GET", "/api/v1/state", None), "cases": ("GET", "/api/v1/cases", None),
    "sell": ("POST", "/api/v1/intents", {"kind": "sell", "amount": 1}), "issue": ("POST", "/api/v1/intents", {"kind": "issue"}),
    "opening": ("POST", "/api/v1/intents", {"kind": "issue", "opening": {"stamps": 3}, "reason": "paper"}),
    "block": ("POST", "/api/v1/intents", {"kind": "block"}), "repair": ("POST", "/api/v1/intents", {"kind": "repair"}),
    "perform": ("POST", "/api/v1/perform", {"wish": {"kind": "show"}, "wait_s": 0}),
}  # fmt: skip


@pytest.mark.parametrize("role", MAY)
def test_each_role_may_what_it_may(served, bare, role):
    headers = {"Authorization": "Bearer " + served.shop.tokens.passing("x-" + role, role)}
    for number, (word, (method, path, body)) in enumerate(ASKED.items()):
        answer = bare.request(method, path, json=body, headers={**headers, "Idempotency-Key": "%s-%d" % (role, number)})
        assert (answer.status_code != 403) == (word in MAY[role]), (role, word, answer.text)
        if answer.status_code == 202:
            bare.delete("/api/v1/intents/" + answer.json()["id"], headers=headers)


def test_a_till_signs_in_by_its_link_and_the_token_leaves_the_address(served, bare):
    token = served.shop.tokens.add("till-1", "cashier")
    answer = bare.get("/", params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and token not in cookie
    assert bare.get("/api/v1/state").status_code == 200
    # Only our own page may change something with the cookie.
    body = {"kind": "show"}
    assert bare.post("/api/v1/intents", json=body, headers=EFFECT).json()["code"] == "ORIGIN_MISSING"
    assert bare.post("/api/v1/intents", json=body, headers={**EFFECT, "Origin": str(bare.base_url).rstrip("/")}).status_code == 202


def test_a_session_outlives_a_restart_and_goes_with_its_client(tmp_path):
    path = tmp_path / "tokens.json"
    tokens = Tokens(path)
    token = tokens.add("till-1", "cashier")
    session = tokens.open_session(tokens.of_token(token))
    again = Tokens(path)
    assert again.of_session(session) == identity("till-1", "cashier", by_cookie=True)
    assert again.of_token(token).client == "till-1"
    assert again.of_token(session) is None and again.of_session(token) is None
    Tokens(path).remove("till-1")  # another process
    assert again.of_session(session) is None and again.of_token(token) is None


def test_only_hashes_are_kept_and_only_for_the_owner(tmp_path):
    path = tmp_path / "tokens.json"
    tokens = Tokens(path)
    token = tokens.add("pos", "cashier")
    session = tokens.open_session(tokens.of_token(token))
    text = path.read_text()
    assert token not in text and session not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_names_and_files_that_make_no_sense(tmp_path):
    tokens = Tokens(tmp_path / "tokens.json")
    tokens.add("pos", "cashier")
    for name, role in (("pos", "cashier"), ("", "cashier"), ("a\nb", "cashier"), ("local", "cashier"), ("x", "owner")):
        with pytest.raises(BadInput):
            tokens.add(name, role)
    with pytest.raises(BadInput):
        tokens.remove("nobody")
    (tmp_path / "tokens.json").write_text("{")
    with pytest.raises(StampdError) as trouble:
        Tokens(tmp_path / "tokens.json")
    assert trouble.value.code == "TOKENS_DAMAGED"


def test_daemon_json_is_the_owners_alone_and_goes_at_the_end(serve):
    served = serve()
    path = served.home.path / "daemon.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["port"] == served.service.port
    served.service.stop()
    served._thread.join(10)
    assert not path.exists()


def test_the_first_visit_to_the_demo_signs_in_and_later_calls_do(bare):
    assert bare.get("/api/v1/state").status_code == 401
    assert bare.get("/").status_code == 200
    assert COOKIE in bare.cookies
    assert bare.get("/api/v1/state").status_code == 200
