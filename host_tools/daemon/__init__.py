"""The daemon: one process holds the home, waits for cards and serves the till.

service    start, serve, stop               server     uvicorn without its clock tick, and the port
shop       what every route can reach       counter    the thread of one reader: a card comes, something is done
intents    wishes that wait for a card      events     what clients hear (server-sent events)
api        the app, made of the table       table      every route as a row; `openapi` writes docs/openapi.json from it
routes_*   what the rows do                 schemas    shapes of requests and answers
security   Host, Origin, tokens, roles      problems   errors as problem+json
tap_desk   one wish, one card, one outcome  wishes     what can be wished
forward    the command line's way into a running daemon
demo_*     the demo shop: virtual cards, seeded history, the scripted day
"""
