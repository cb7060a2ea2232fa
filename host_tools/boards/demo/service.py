"""Serving the demo's page: the shop's daemon with the terminal's page beside its till, on this machine only."""

import threading

from host_tools.boards.demo.board_process import interpreter_name
from host_tools.boards.demo.demo_shop import LOOPBACK, DemoShop
from host_tools.boards.demo.page import make_demo_app
from host_tools.boards.demo.table import DELAY_S, Table
from host_tools.daemon.server import QuietServer, listening_socket
from host_tools.daemon.shop import Shop


def serve(folder, *, reader="pn532", port=0, on_ready=lambda url: None):
    """Serve until SIGINT or SIGTERM. folder: a temporary one. on_ready(url): when the page can be opened. Raises BadInput PORT_TAKEN and its like."""
    listener = listening_socket(LOOPBACK, port)
    try:
        table = Table(interpreter_name())
        with DemoShop(folder, reader=reader, delay_s=DELAY_S, on_line=table.on_line, told=table.refresh, restarts=True) as demo:
            table.shop = demo
            _serve(demo, table, listener, on_ready)
    finally:
        listener.close()


def _serve(demo, table, listener, on_ready):
    port = listener.getsockname()[1]
    shop = Shop(demo.home, port)
    hubs = (table.hub, shop.hub)
    server = QuietServer(make_demo_app(shop, table), lambda: [hub.close() for hub in hubs])
    shop.abort_connection = server.abort

    def ready():
        threading.Thread(target=table.start, name="demo start", daemon=True).start()
        on_ready("http://%s:%d" % (LOOPBACK, port))

    server.ready = ready
    try:
        server.run([listener])
    finally:
        table.close()
        shop.intents.close()
