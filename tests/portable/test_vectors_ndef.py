"""Published NDEF: our link, and what a stranger's tag may hold."""

from cardos.bytes import read_tlvs, tlv
from cardos.errors import CardAnswered
from cardos.ndef import read_link, uri_message
from cardos.ndef_records import records, smart_poster, text, uri
from tests.portable.vector_files import entries, h


def test_links_of_whole_messages():
    links = 0
    for e in entries("ndef.json", "ndef_message", 4):
        link = read_link(tlv(3, h(e["message"])) + b"\xfe")
        first = e["records"][0]
        is_link = (first["tnf"], first["type"]) == (1, "55")
        assert (link is not None) == is_link, e["id"]
        if is_link:
            assert link in e["meaning"][0] and uri_message(link).hex() == e["message"], e["id"]
            links += 1
    assert links


def test_layouts_of_cards():
    for e in entries("ndef.json", "ndef_layout", 2):
        if e["tlv"]:
            area = h(e["tlv"])
            assert [tag for tag, _ in read_tlvs(area)] == [3], e["id"]
            assert uri_message(read_link(area)).hex() in e["tlv"], e["id"]
        else:
            file = h(e["ndef_file"])  # Type 4: two bytes of length, then the message
            size = int.from_bytes(file[:2], "big")
            assert len(file) >= 2 + size, e["id"]
            message = file[2 : 2 + size]
            link = read_link(tlv(3, message))
            assert link in e["meaning"] and uri_message(link) == message, e["id"]


def refused(function, *arguments):
    try:
        function(*arguments)
    except CardAnswered as refusal:
        return refusal.code == "NDEF_BAD"
    return False


def test_records_of_whole_messages():
    for e in entries("ndef.json", "ndef_message", 4):
        found = records(h(e["message"]))
        assert [(r.tnf, r.type, r.id, r.payload) for r in found] == [
            (r["tnf"], h(r["type"]), h(r["id"]), h(r["payload"])) for r in e["records"]], e["id"]
        said = "".join(e["meaning"])
        for record in found:
            if (record.tnf, record.type) == (1, b"Sp"):
                poster = smart_poster(record.payload)
                assert "Resource '%s'" % poster.uri in said and all("'%s'" % title.text in said for title in poster.titles), e["id"]
            elif (record.tnf, record.type) == (1, b"T"):
                made = text(record.payload)
                assert "Text '%s' Language '%s' Encoding '%s'" % made in said, e["id"]
            elif (record.tnf, record.type) == (1, b"U"):
                assert "Resource '%s'" % uri(record.payload) in said, e["id"]


POSTER_TYPES = {"size": b"s", "type": b"t", "action": b"act"}


def poster_field(field, octets):
    """What a Smart Poster with this one sub-record says of it."""
    if field in POSTER_TYPES:
        kind = POSTER_TYPES[field]
        link = bytes.fromhex("9101025504") + b"x"
        poster = smart_poster(link + bytes([0x51, len(kind), len(octets)]) + kind + octets)
        return {"size": poster.size, "type": poster.media_type, "action": poster.action}[field]
    assert field == "uri"
    return smart_poster(octets).uri


def decoded(e):
    octets, what = h(e["octets"]), e["what"]
    if "URI" in what:
        return {"uri": uri(octets)}
    if "Text" in what:
        made = text(octets)
        return {"text": made.text, "lang": made.language, "encoding": made.encoding}
    if "Smart Poster" in what:
        return {"field": e["expect"]["field"], "value": poster_field(e["expect"]["field"], octets)}
    found = records(octets)
    return {"records": len(found), "tnf": found[0].tnf}


def test_what_ndeflib_decodes_and_refuses():
    refusals = 0
    for e in entries("ndef.json", "ndef_decode", 33):
        if "error" in e["expect"]:
            assert refused(decoded, e), e["id"]
            refusals += 1
        else:
            assert decoded(e) == e["expect"], e["id"]
    assert refusals >= 5


def test_every_cut_message_is_refused():
    for e in entries("ndef.json", "ndef_message", 4):
        message = h(e["message"])
        for size in range(1, len(message)):
            assert refused(records, message[:size]), (e["id"], size)
        assert refused(records, message + message) and refused(records, message + b"\0") and refused(records, message + b"\x50\0\0")
    assert records(b"") == []


def test_utf_16_by_hand():
    assert text(b"\x82en\x00H\x00i").text == "Hi"
    assert text(b"\x82en\xfe\xff\x00H").text == "H"
    assert text(b"\x82en\xff\xfe\x3d\xd8\x00\xde").text == "\U0001f600"
    for bad in (b"\x00", b"\xd8\x3d", b"\xd8\x3d\x00H", b"\xde\x00"):
        assert refused(text, b"\x82en" + bad), bad
    assert refused(text, b"") and refused(text, b"\x05en") and refused(uri, b"") and refused(uri, b"\x24x") and refused(uri, b"\x04\xff")
