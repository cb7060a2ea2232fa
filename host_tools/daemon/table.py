"""Every route as a row: method, path, who may, what goes in, what comes out. The app and docs/openapi.json are made of it.

scope: None for everybody, else a scope of `security`. key: it has an effect and needs an Idempotency-Key.
body: a struct or None. parameters: (name, type) of the path; query: (name, schema, meaning).
answers: {status: (struct, list of struct or None, what it means)}.
"""

from collections import namedtuple

from host_tools.daemon import routes_boards, routes_demo, routes_intents, routes_perform, routes_state, schemas

Row = namedtuple(
    "Row", ["method", "path", "handler", "scope", "summary", "body", "answers", "key", "parameters", "query"], defaults=(None, None, False, (), ())
)

_OK = "as asked"

ROWS = (
    Row("GET", "/healthz", routes_state.health, None, "Is the daemon serving?", answers={200: (schemas.Health, _OK)}),
    Row("GET", "/openapi.json", routes_state.openapi, None, "This description.", answers={200: (None, _OK)}),
    Row("GET", "/api/v1/state", routes_state.state, "read", "Everything a till shows when it opens.", answers={200: (schemas.StateShape, _OK)}),
    Row("GET", "/api/v1/today", routes_state.today, "read", "The day's numbers.", answers={200: (schemas.Day, _OK)}),
    Row("GET", "/api/v1/doubts", routes_state.doubts, "read", "Open doubts, oldest first.", answers={200: ([schemas.Doubt], _OK)}),
    Row(
        "GET", "/api/v1/cards/{number}", routes_state.card, "read", "What the register knows of a card.",
        answers={200: (schemas.CardShape, _OK)}, parameters=(("number", "integer"),),
    ),
    Row(
        "GET", "/api/v1/sales", routes_state.sales, "sell", "What was sold and can come back, newest first: of a day, a card, a REF or a receipt.",
        answers={200: ([schemas.SoldShape], _OK)},
        query=(
            ("day", {"type": "string", "format": "date"}, "a local day; today when nothing is asked for"),
            ("card", {"type": "integer", "minimum": 1}, "a card's number"),
            ("sale", {"type": "string", "maxLength": 64}, "a REF"),
            ("receipt", {"type": "string", "maxLength": 4000}, "the text of a receipt's QR code"),
        ),
    ),
    Row(
        "GET", "/api/v1/receipt", routes_state.receipt, "sell", "The signed receipt of a sale, for a refund at a terminal that does not know it.",
        answers={200: (schemas.ReceiptShape, _OK)},
        query=(("sale", {"type": "string", "maxLength": 64}, "a REF"), ("svg", {"type": "string", "enum": ["1"]}, "1: its QR code as a picture, too")),
    ),
    Row("GET", "/api/v1/cases", routes_state.cases, "audit", "Open cases, oldest first.", answers={200: ([dict], _OK)}),
    Row("GET", "/api/v1/boards", routes_boards.boards, "audit", "The shop's boards, by number.", answers={200: ([dict], _OK)}),
    Row(
        "POST", "/api/v1/boards", routes_boards.pair, "service", "Take a board in, and get what goes on it over the cable.",
        schemas.PairBody, {201: (schemas.PairedBoard, "it is a terminal of this shop")}, True,
    ),
    Row(
        "POST", "/api/v1/boards/{terminal}/revoke", routes_boards.revoke, "manage", "End a board that was stolen or lost.",
        schemas.RevokeBody, {200: (schemas.BoardStatus, "nothing that it sends is taken any more")}, True, parameters=(("terminal", "integer"),),
    ),
    Row("GET", "/api/v1/ledger/verify", routes_state.verify, "audit", "Recompute the ledger's chain.", answers={200: (None, _OK)}),
    Row(
        "POST", "/api/v1/intents", routes_intents.create, "sell", "Wish something of the next card.", schemas.IntentBody,
        {202: (schemas.IntentShape, "the wish waits for a card")}, True,
    ),
    Row(
        "GET", "/api/v1/intents/{id}", routes_intents.show, "read", "What became of a wish.",
        answers={200: (schemas.IntentShape, _OK)}, parameters=(("id", "string"),),
    ),
    Row(
        "DELETE", "/api/v1/intents/{id}", routes_intents.cancel, "sell", "Cancel a wish that still waits.",
        answers={200: (schemas.IntentShape, "cancelled; no card was touched")}, parameters=(("id", "string"),),
    ),
    Row(
        "POST", "/api/v1/perform", routes_perform.perform, "service", "Wish something and wait for the answer (the command line).",
        schemas.PerformBody, {200: (None, "the answer as `stampd card … --json` prints it")}, True,
    ),
)  # fmt: skip

# Only `stampd demo` has these.
DEMO_ROWS = (
    Row("GET", "/api/v1/demo", routes_demo.show, "read", "The virtual cards.", answers={200: (schemas.DemoShape, _OK)}),
    Row("POST", "/api/v1/demo/cards", routes_demo.new_card, "sell", "A new blank virtual card.", answers={201: (schemas.DemoCard, "made")}),
    Row(
        "POST", "/api/v1/demo/reader", routes_demo.present, "sell", "Lay a virtual card on the reader.",
        schemas.PresentBody, {202: (schemas.DemoShape, "it lies there")},
    ),
    Row("DELETE", "/api/v1/demo/reader", routes_demo.remove, "sell", "Pull it away now.", answers={200: (schemas.DemoShape, "away")}),
)  # fmt: skip
