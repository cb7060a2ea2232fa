"""One PC/SC client process: pcsc_client.py READER WAIT_S APDU... prints a JSON list with one answer for each APDU.

Waits for the card, connects shared, ends with LEAVE. Raw SCard calls: what pcscd says is what the test sees. A card that left
just before is still shown until pcscd looks again: a first APDU that was not transacted is sent anew on a new connection.
"""

import json
import sys
import time

from smartcard import scard

PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
NOT_TRANSACTED = "error 80100016"


def main(reader, wait_s, script):
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    check(result)
    deadline = time.monotonic() + float(wait_s)
    while True:
        card = connect(context, reader, deadline)
        answers = []
        for word in script:
            answers.append(perform(card, word))
            if answers == [NOT_TRANSACTED] and time.monotonic() < deadline:
                break
        else:
            break
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        time.sleep(0.1)
    print(json.dumps([answer for answer in answers if answer is not None]))
    scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)


def connect(context, reader, deadline):
    while True:
        result, card, _ = scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, PROTOCOLS)
        if result == scard.SCARD_S_SUCCESS:
            return card
        if time.monotonic() > deadline:
            check(result)
        time.sleep(0.05)


def perform(card, word):
    if word.startswith("pause "):
        time.sleep(float(word[6:]))
        return None
    if word == "reset":
        result, _ = scard.SCardReconnect(card, scard.SCARD_SHARE_SHARED, PROTOCOLS, scard.SCARD_RESET_CARD)
        answer = b""
    elif word == "atr":
        result, _, _, _, answer = scard.SCardStatus(card)
    else:
        result, answer = scard.SCardTransmit(card, scard.SCARD_PCI_T1, list(bytes.fromhex(word)))
    return bytes(answer).hex() if result == scard.SCARD_S_SUCCESS else "error %08X" % (result & 0xFFFFFFFF)


def check(result):
    if result != scard.SCARD_S_SUCCESS:
        sys.exit("PC/SC: " + scard.SCardGetErrorMessage(result))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
