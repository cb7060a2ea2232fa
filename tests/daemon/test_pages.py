"""Pages: strict headers on everything, the till behind a session, the customer's card without one and without a name."""

import pytest

STRICT = ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")


@pytest.fixture
def card_code(served, till):
    till.tap(kind="issue")
    for _ in range(3):
        till.tap(kind="sell", amount=350)
    return served.home.card_code(1)


def get(till, path, **headers):
    return till.http.get(path, headers={"Authorization": "", **headers}) if headers else till.http.get(path)


@pytest.mark.parametrize("path", ["/", "/c/nothing", "/static/icon.svg", "/translations/en.json"])
def test_every_page_and_file_is_guarded(till, path):
    answer = get(till, path)
    policy = answer.headers["content-security-policy"]
    assert all(part in policy for part in STRICT)
    assert "unsafe" not in policy and "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_pages_need_nothing_from_elsewhere_and_carry_no_inline_script(till, card_code):
    for path in ("/", "/c/" + card_code, "/c/nothing"):
        text = get(till, path).text
        assert "<script>" not in text and " style=" not in text and " onclick=" not in text
        assert "//" not in text.replace(till.url, "").replace("http://www.w3.org", "")


def test_the_customer_sees_the_balance_without_signing_in(served, till, card_code):
    till.http.headers.pop("Authorization")
    answer = till.http.get("/c/" + card_code)
    assert answer.status_code == 200
    assert "3" in answer.text and "Test Coffee" in answer.text
    assert served.demo.card("card-1").chip.uid.hex().upper() not in answer.text.upper()


def test_a_code_that_is_not_ours_is_not_found(till, card_code):
    for code in ("x", "1", card_code[:-1] + ("0" if card_code[-1] != "0" else "1"), card_code + "0", "../api", "%00", "é" * 5, "a" * 500):
        assert till.http.get("/c/" + code).status_code in (404, 400), code


def test_a_till_without_a_session_is_told_how_to_sign_in(serve):
    served = serve()
    served.shop.demo = None  # a real shop
    served.till.http.headers.pop("Authorization")
    answer = served.till.http.get("/")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert served.till.http.get("/", params={"token": "wrong"}).status_code == 401


def test_nothing_outside_the_folder_of_files_is_served(till):
    for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py", "/static//etc/passwd", "/static/", "/static/none.js"):
        assert till.http.get(path).status_code in (404, 405), path


def test_an_unknown_language(till):
    assert till.get("/translations/xx.json", status=404)["code"] == "NOT_FOUND"
    assert till.get("/translations/en.json")
