"""OpenAPI 3.1 made of the table and the structs. The committed copy is docs/openapi.json; a test compares.

    python -m host_tools.daemon.openapi > docs/openapi.json
"""

import json

import msgspec

from cardos.records.board_sync import MESSAGE_MAX
from host_tools.daemon.schemas import ProblemShape
from host_tools.daemon.table import DEMO_ROWS, ROWS

VERSION = "1"
_REF = "#/components/schemas/{name}"

_PROBLEMS = {
    "400": "the request is not readable", "401": "no token, or one that is not known", "403": "not allowed to this client, or asked by a foreign page",
    "404": "there is no such thing", "409": "not now", "413": "too large", "415": "not of the content type that is asked for",
    "421": "this daemon is not known by that Host",
    "422": "the request does not fit, or the Idempotency-Key was used for another",
    "429": "too many wrong tokens", "503": "the ledger or a reader is not ready",
}  # fmt: skip
_WITH_BODY = ("400", "409", "413", "415", "422")


def document():
    """The description as a dict."""
    structs = _structs()
    references, components = msgspec.json.schema_components(structs, ref_template=_REF)
    schemas = dict(zip(structs, references))
    paths: dict[str, dict] = {}
    for row in ROWS + DEMO_ROWS:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    paths["/api/v1/events"] = {"get": _events(schemas)}
    paths["/api/v1/boards/sync"] = {"post": _boards_sync(schemas)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "stampd", "version": VERSION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "The till's and the point of sale's way to a shop's stamp cards. Loopback only. Amounts are integers in minor units.",
        },
        "servers": [{"url": "http://127.0.0.1:8787"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`stampd serve --add-client NAME --role ROLE` prints it once"},
                "session": {"type": "apiKey", "in": "cookie", "name": "stampd_session", "description": "set by opening /?token=TOKEN"},
            },
        },
    }  # fmt: skip


def _structs():
    found: list[type[msgspec.Struct]] = [ProblemShape]
    for row in ROWS + DEMO_ROWS:
        for struct in [row.body, *(shape for shape, _ in row.answers.values())]:
            struct = struct[0] if isinstance(struct, list) else struct
            if isinstance(struct, type) and issubclass(struct, msgspec.Struct) and struct not in found:
                found.append(struct)
    return found


def _operation(row, schemas):
    operation = {
        "operationId": row.handler.__module__.rpartition("_")[2] + "_" + row.handler.__name__,
        "summary": row.summary,
        "responses": {str(status): _answer(shape, meaning, schemas) for status, (shape, meaning) in row.answers.items()},
    }
    if row.scope is None:
        operation["security"] = []
    else:
        operation["description"] = "Scope: %s." % row.scope
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": kind}} for name, kind in row.parameters]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": meaning} for name, schema, meaning in row.query
    ]
    if row.key:
        parameters.append({
            "name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
            "description": "a fresh random key for each new wish; the same key and body again give the same answer and no second effect",
        })  # fmt: skip
    if parameters:
        operation["parameters"] = parameters
    if row.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[row.body]}}}
    for status in _problem_statuses(row):
        operation["responses"].setdefault(status, _problem(status, schemas))
    return operation


def _problem_statuses(row):
    wanted = {"421", "403"}
    if row.scope is not None:
        wanted |= {"401", "429", "503"}
    if row.parameters or row.method != "GET":
        wanted.add("404")
    if row.query:
        wanted.add("422")
    if row.method == "DELETE":
        wanted.add("409")
    if row.body is not None:
        wanted.update(_WITH_BODY)
    return sorted(wanted)


def _answer(shape, meaning, schemas):
    if isinstance(shape, list):
        inner = shape[0]
        schema = {"type": "array", "items": schemas.get(inner, {"type": "object"})}
    else:
        schema = schemas.get(shape, {"type": "object"})
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


def _problem(status, schemas):
    return {"description": _PROBLEMS[status], "content": {"application/problem+json": {"schema": schemas[ProblemShape]}}}


def _events(schemas):
    return {
        "operationId": "events",
        "summary": "Server-sent events: reader, card, intent, today, case, resync.",
        "description": "Scope: read. `id` numbers rise; Last-Event-ID resumes. `resync`: the id is too old, get the state again. A comment every 15 s.",
        "parameters": [{"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}}],
        "responses": {
            "200": {"description": "the stream", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            **{status: _problem(status, schemas) for status in ("401", "403", "421", "429", "503")},
        },
    }


def _boards_sync(schemas):
    message = {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "maxLength": MESSAGE_MAX}}}
    return {
        "operationId": "boards_sync",
        "summary": "What a stand-alone terminal and the shop say to each other.",
        "description": "The message proves itself (its MAC is the board's own): no token. Byte for byte in cardos/records/board_sync.py.",
        "security": [],
        "requestBody": {"required": True, "content": message},
        "responses": {
            "200": {"description": "the answer", "content": message},
            **{status: _problem(status, schemas) for status in ("400", "403", "413", "415", "421")},
        },
    }


def text():
    """What docs/openapi.json holds."""
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(text(), end="")
