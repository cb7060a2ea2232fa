"""The event stream: numbered, resumed by Last-Event-ID, and a client that reads too slowly is dropped without harm to others."""

import asyncio
import socket

from host_tools.daemon.events import CLOSED, Hub


def test_a_client_resumes_where_it_was(till):
    with till.listen() as events:
        till.present()
        seen = [events.next() for _ in range(3)]
    with till.listen(last_id=seen[0][0]) as events:
        assert [events.next() for _ in range(2)] == seen[1:]


def test_an_id_of_another_time_asks_to_look_again(till):
    till.present()
    for last_id in (1, 10**15, 999999999999999999):
        with till.listen(last_id) as events:
            assert events.next()[1] == "resync"


def test_what_is_no_number_is_no_id(till):
    with till.listen("abc"):
        pass


def run(story):
    asyncio.run(asyncio.wait_for(story, 10))


def test_ids_rise_by_one_and_the_ring_forgets():
    async def story():
        hub = Hub(100, ring=3)
        for n in range(5):
            hub.publish("today", {"n": n})
        client = hub.subscribe(102)
        assert [(await client.next(1)).id for _ in range(2)] == [103, 104]
        assert (await hub.subscribe(101).next(1)).id == 102
        assert (await hub.subscribe(100).next(1)).name == "resync"
        assert await client.next(0.01) is None

    run(story())


def test_a_slow_client_is_dropped_and_the_others_go_on():
    async def story():
        hub = Hub(1, queue=4)
        slow, quick = hub.subscribe(), hub.subscribe()
        for n in range(6):
            hub.publish("today", {"n": n})
            assert (await quick.next(1)).data == {"n": n}
        assert await slow.next(1) is CLOSED
        assert hub.count() == 1

    run(story())


def test_too_many_clients_and_a_closed_hub():
    async def story():
        hub = Hub(1, clients_max=1)
        client = hub.subscribe()
        assert hub.subscribe() is None
        client.close()
        other = hub.subscribe()
        hub.close()
        assert await other.next(1) is CLOSED
        assert hub.subscribe() is None

    run(story())


def test_a_client_that_never_reads_is_cut_off(served, till, monkeypatch):
    """Its socket buffers fill, its queue fills, and its connection is closed; the till beside it hears everything."""
    host, port = till.url[7:].split(":")
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.connect((host, int(port)))
    lazy.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: Bearer %s\r\n\r\n" % (host.encode(), port.encode(), till.token.encode()))
    till.until(served.shop.hub.count, lambda count: count == 1)
    monkeypatch.setattr("host_tools.daemon.routes_events.SEND_LIMIT_S", 0.2)

    def shout():
        served.shop.hub.publish("today", {"text": "x" * 20000})
        return served.shop.hub.count()

    till.until(shout, lambda count: count == 0)
    till.until(lambda: len(served.service.server.server_state.connections), lambda count: count <= 1)
    lazy.close()
    with till.listen() as events:
        served.shop.hub.publish("today", {"n": 1})
        assert events.next()[2] == {"n": 1}


def test_the_daemon_stops_with_streams_open(serve):
    served = serve()
    with served.till.listen() as events:
        served.service.stop()
        assert not any(events._lines)
    served._thread.join(10)
    assert not served._thread.is_alive()
