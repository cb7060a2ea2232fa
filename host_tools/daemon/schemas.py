"""Shapes of requests and answers, as msgspec knows them; docs/openapi.json is made of these and of the table.

Answers of wishes are the dicts of docs/commands.md and are not repeated here field by field where the desk may add keys.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from host_tools.daemon.wishes import Line, Returned

Minor = Annotated[int, Meta(ge=0, le=10**12, description="minor units of the shop's currency")]
Reference = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,64}$", description="REF: the same REF is the same sale")]
Text = Annotated[str, Meta(max_length=200)]
Kind = Literal["sell", "redeem", "undo", "refund", "event", "issue", "show", "block", "unblock", "repair"]
Units = Annotated[int, Meta(ge=0, le=8388607)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
State = Literal["waiting", "working", "done", "cancelled"]


class IntentBody(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A wish. `redeem`: none, auto or a reward's id. `spend`: {counter: units} used as money. `discount_bp`: a discount by hand in
    1/100 of a per cent, with a `reason` (managers). `returned` (refund): what comes back of `sale`; empty: all that is left.
    `receipt` (refund): the text of a receipt from another terminal. `ref` (refund): its own REF, the same one is the same refund.
    `event` (event): another event of the offers, as docs/offers.md lists them. `opening` (issue): counters carried over from paper,
    with a reason."""

    kind: Kind
    amount: Minor | None = None
    lines: Annotated[list[Line], Meta(max_length=200)] = []
    redeem: Annotated[str, Meta(min_length=1, max_length=64)] = "none"
    spend: Annotated[dict[Name, Units], Meta(max_length=16)] = {}
    code: Name | None = None
    partner: Name | None = None
    discount_bp: Annotated[int, Meta(ge=0, le=10000)] = 0
    returned: Annotated[list[Returned], Meta(max_length=200)] = []
    receipt: Annotated[str, Meta(max_length=4000)] | None = None
    event: dict[str, Any] | None = None
    sale: Reference | None = None
    ref: Reference | None = None
    reason: Text = ""
    opening: Annotated[dict[str, Units], Meta(max_length=16)] = {}
    reader: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class PerformBody(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A wish of the command line, answered when its card came or `wait_s` is over. reader: a name, a part of one, or pn532:LINK."""

    wish: dict[str, Any]
    reader: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    wait_s: Annotated[float, Meta(ge=0, le=3600)] = 10.0
    tracing: bool = False


class PairBody(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A board to take in. public_key: the 32 bytes of its Ed25519 key in base64; whoever provisions it keeps the other half. terminal: its
    number when it is provisioned anew and keeps its journal."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    public_key: Annotated[bytes, Meta(min_length=32, max_length=32)]
    terminal: Annotated[int, Meta(ge=1, le=65535)] | None = None


class RevokeBody(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Why a board is ended, for the ledger."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class PairedBoard(Struct, rename={"stop_list": "list"}):
    """What a board was given, and what goes on it, in base64: pack, stop list, settings and certificate, signed or public. No key is in
    it. zones: [[minute since 2026-01-01 UTC, minutes east of UTC], …]. epoch: of the shop's keys."""

    terminal: int
    serial: int
    name: str
    scheme: int
    epoch: int
    pack: bytes
    stop_list: bytes
    settings: bytes
    certificate: bytes
    zones: list[list[int]]


class BoardStatus(Struct):
    terminal: int
    name: str
    status: Literal["paired", "revoked", "cloned"]


class PresentBody(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Demo: lay a virtual card on the reader; pull_after: at which exchange it leaves, in which tear mode."""

    present: Annotated[str, Meta(min_length=1, max_length=40)]
    pull_after: Annotated[int, Meta(ge=0, le=1000)] | None = None
    mode: Annotated[str, Meta(max_length=40)] = "answer-lost"


class Progress(Struct):
    id: str
    counter: str
    stamps: int
    needed: int
    ready: int
    reward: str


class SoldLine(Struct):
    """left: paid units that may still come back; free_left: free ones; money: minor units paid for what is left."""

    sku: str
    name: str
    category: str
    qty: int
    unit_price: int
    left: int
    free_left: int
    money: int


class SoldShape(Struct):
    """A sale for the refund screen. at, card_number: null when only the receipt says so. refundable: minor units."""

    sale: str
    at: str | None
    card_number: int | None
    amount: int
    paid: int
    rewards: list[str]
    lines: list[SoldLine]
    refundable: int


class ReceiptShape(Struct):
    """receipt: the text of the QR code. svg: its picture, where it was asked for."""

    sale: str
    receipt: str
    svg: str | None


class Doubt(Struct):
    sale: str | None
    card_number: int
    operation: str
    since: str


class Day(Struct):
    sales: int
    stamps: int
    rewards: int
    doubts: int
    undos: int


class ReaderState(Struct):
    name: str
    kind: str
    state: str
    card: dict[str, Any] | None


class ShopAbout(Struct):
    name: str
    currency: str
    minor_digits: int
    language: str
    reward: str
    reward_id: str
    stamps_needed: int
    test_keys: bool
    production: bool
    stamp_items: list[str]
    quick_amounts: list[int]
    pack: int
    rewards: list[dict[str, Any]]
    auto: bool
    offers: list[dict[str, Any]]
    bands: list[dict[str, Any]]
    codes: bool
    manual_bp: int
    empty: list[Progress]
    units: dict[str, int]
    catalogue: list[dict[str, Any]]


class IntentShape(Struct):
    """answer: the shape of docs/commands.md with `message` and `hint`, or null while the wish waits."""

    id: str
    kind: str
    state: State
    amount: int | None
    sale: str | None
    redeem: str
    reader: str | None
    settled: bool
    answer: dict[str, Any] | None


class StateShape(Struct):
    shop: ShopAbout
    readers: list[ReaderState]
    online: bool
    today: Day
    intent: IntentShape | None
    tap_alone: Literal["show", "stamp"]
    may: list[str]
    demo: bool
    cases: int
    clock_unsure: bool


class CardShape(Struct):
    card_number: int
    family: str
    status: str
    sequence: int
    counters: dict[str, int]
    expires: dict[str, str | None]
    progress: list[Progress]
    in_doubt: bool
    updated_at: str
    history: list[dict[str, Any]]


class DemoCard(Struct):
    id: str
    label: str
    uid: str
    blank: bool
    on_reader: bool


class DemoShape(Struct):
    cards: list[DemoCard]
    delay_ms: int


class Health(Struct):
    ok: bool


class ProblemShape(Struct):
    """RFC 9457. `code` is stable; `detail` and `hint` are for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str
