"""The line to the shop: one message out, one message back. Over TCP, or as the body of an HTTP POST; MQTT is in `mqtt`.

    tcp     length (u32) || message, and the answer the same; one connection for all messages of a sync
    http    POST of the message; the answer is the body of a 200, with its length or in chunks
    https   the same over TLS

    line = open_line(settings["sync"], scheme, terminal)
    answer = await line.exchange(message)       NoShop when there was none in time; what was sent may have arrived all the same
    await line.close()

Nothing is believed because of the line: messages carry MACs (`cardos.records.board_sync`). TLS hides them from the network between.
A message leaves in one write: two small ones would wait for each other (Nagle's algorithm and delayed acknowledgements, 40 ms).
Everything that is read is bounded. What TLS a board can check is in terminal/README.md.
"""

import asyncio

from cardos.bytes import uint
from cardos.errors import BadInput, StampdError
from cardos.records.board_sync import LENGTH_SIZE, MESSAGE_MAX

WAIT_MS = 20000  # for one answer, with connecting and a TLS handshake (seconds on a board)
CLOSE_WAIT_MS = 1000
HEAD_MAX = 2048  # bytes of an HTTP answer's head, and of the end of a chunked one
READ_SIZE = 512
HOWS = ("tcp", "http", "https", "mqtt", "none")

_PORTS = {"http": 80, "https": 443}


class NoShop(StampdError):
    """The shop gave no answer. Nothing is lost: what was to be sent stays in the journal."""

    code = "SHOP_NOT_REACHED"


def open_line(where, scheme, terminal):
    """The line that a board's settings name, None for "none". where: {"how", "host", "port", "path", "ca", "user", "password"}."""
    how = where["how"]
    if how == "none":
        return None
    if how == "tcp":
        return TcpLine(where["host"], where["port"])
    if how == "mqtt":
        from terminal.mqtt import MqttLine

        return MqttLine(where["host"], where["port"], scheme, terminal, where.get("user"), where.get("password"))
    if how not in _PORTS:
        raise BadInput("A board does not reach its shop by %r." % (how,), "Give one of %s." % ", ".join(HOWS), "SETTINGS")
    return HttpLine(where["host"], where["port"], where.get("path") or "/", how == "https", where.get("ca"))


def tls_context(ca=None):
    """What TLS checks. ca: a file with the authority's certificate (PEM or DER): only servers with a certificate by it, for their name.
    Without one a PC asks its own list of authorities; a board has none and takes every server."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is not None:
        with open(ca, "rb") as file:
            data = file.read()
        if b"-----BEGIN" in data:
            import binascii

            data = binascii.a2b_base64(b"".join(data.split(b"-----")[2].split()))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=data)
    elif hasattr(context, "load_default_certs"):
        context.load_default_certs()
    else:
        context.verify_mode = ssl.CERT_NONE
    return context


class Line:
    """A connection to the shop, made when it is needed. host: name or address; a name stops a board while it is looked up."""

    def __init__(self, host, port, wait_ms=WAIT_MS):
        self.host, self.port = host, port
        self._wait_ms = wait_ms
        self._input = self._writer = None
        self._is_whole = True  # no exchange was broken off on this connection

    async def exchange(self, message, fits=None):
        """The answer to a message, both bytes. fits: bytes -> bool, whether this answers this message, on lines where others come by.

        Raises `NoShop` (SHOP_NOT_REACHED); the message may have arrived.
        """
        if not self._is_whole:
            await self.close()
        self._is_whole = False
        try:
            answer = await asyncio.wait_for(self._exchange(message, fits), self._wait_ms / 1000)
        except asyncio.TimeoutError:  # said in the words of this line
            raise await self._no_shop("no answer within %d s" % (self._wait_ms // 1000))
        except EOFError:
            raise await self._no_shop("it closed the connection")
        except (OSError, ValueError) as trouble:  # refused, unreachable, unknown name, TLS; an answer in no form that we know
            raise await self._no_shop(str(trouble) or type(trouble).__name__)
        self._is_whole = True
        return answer

    async def _exchange(self, message, fits):
        if self._writer is not None:
            try:
                return await self._answered(message, fits)
            except (OSError, EOFError):  # the shop closed a connection that rested; asking again is harmless
                await self.close()
        await self._connect()
        return await self._answered(message, fits)

    async def _answered(self, message, fits):
        """One exchange on the open connection; each kind of line has its own."""
        raise NotImplementedError

    async def _connect(self, **tls):
        reader, self._writer = await asyncio.open_connection(self.host, self.port, **tls)
        self._input = Input(reader)

    async def _no_shop(self, why):
        await self.close()
        return NoShop("The shop at %s:%d was not reached: %s." % (self.host, self.port, why), "Look at the network and at the shop's machine.")

    async def _write(self, data):
        self._writer.write(data)
        await self._writer.drain()

    async def close(self):
        """Ends the connection; the next exchange makes a new one."""
        writer, self._writer, self._input, self._is_whole = self._writer, None, None, True
        if writer is None:
            return
        try:
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), CLOSE_WAIT_MS / 1000)
        except (OSError, asyncio.TimeoutError):  # it is given up in any case
            return


class Input:
    """What comes in on a connection, taken in pieces of known size."""

    def __init__(self, reader):
        self._reader = reader
        self._rest = b""

    async def _more(self):
        piece = await self._reader.read(READ_SIZE)
        if not piece:
            raise EOFError
        self._rest += piece

    async def exactly(self, size):
        """`size` bytes, which the caller has compared with MESSAGE_MAX. EOFError when they do not come."""
        found, self._rest = bytearray(self._rest[:size]), self._rest[size:]
        while len(found) < size:
            piece = await self._reader.read(min(READ_SIZE, size - len(found)))
            if not piece:
                raise EOFError
            found.extend(piece)
        return bytes(found)

    async def line(self, most):
        """The text up to the end of a line, without it. ValueError when it is longer than `most` bytes."""
        while True:
            end = self._rest.find(b"\n")
            if end > most or (end < 0 and len(self._rest) > most):
                raise ValueError("a line of its answer is too long")
            if end >= 0:
                found, self._rest = self._rest[:end], self._rest[end + 1 :]
                return found.rstrip(b"\r").decode()
            await self._more()

    async def to_the_end(self, most):
        """All that comes until the other side closes. ValueError beyond `most` bytes."""
        found = bytearray(self._rest)
        self._rest = b""
        while True:
            if len(found) > most:
                raise ValueError("its answer is too long")
            piece = await self._reader.read(READ_SIZE)
            if not piece:
                return bytes(found)
            found.extend(piece)


class TcpLine(Line):
    """Messages with their length before them."""

    async def _answered(self, message, _):
        await self._write(uint(len(message), LENGTH_SIZE) + message)
        size = int.from_bytes(await self._input.exactly(LENGTH_SIZE), "big")
        if size > MESSAGE_MAX:
            raise ValueError("its answer is too long")
        return await self._input.exactly(size)


class HttpLine(Line):
    """HTTP/1.1, as much of it as one POST needs (RFC 9112). ca: see `tls_context`."""

    def __init__(self, host, port, path, is_tls, ca=None, wait_ms=WAIT_MS):
        Line.__init__(self, host, port, wait_ms)
        self._is_tls, self._ca = is_tls, ca
        at = host if port == _PORTS["https" if is_tls else "http"] else "%s:%d" % (host, port)
        self._head = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/cbor\r\nContent-Length: " % (path, at)

    async def _connect(self):
        if self._is_tls:
            await Line._connect(self, ssl=tls_context(self._ca), server_hostname=self.host)
        else:
            await Line._connect(self)

    async def _answered(self, message, _):
        await self._write(("%s%d\r\n\r\n" % (self._head, len(message))).encode() + message)
        status, fields = 100, {}
        while 100 <= status < 200:  # "continue" and its like come before the answer
            status, fields = await self._answer_head()
        if status != 200:
            await self.close()
            raise ValueError("it answered with HTTP status %d" % status)
        answer = await self._body(fields)
        if "close" in fields.get("connection", "").lower() or not ("content-length" in fields or "transfer-encoding" in fields):
            await self.close()
        return answer

    async def _answer_head(self):
        """(status, {name in small letters: value})"""
        words = (await self._input.line(HEAD_MAX)).split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or len(words[1]) != 3:
            raise ValueError("its answer is not HTTP")
        fields, size = {}, 0
        while True:
            line = await self._input.line(HEAD_MAX)
            if not line:
                return int(words[1]), fields
            size += len(line)
            name, colon, value = line.partition(":")
            name = name.lower()
            if size > HEAD_MAX or not colon or (name in fields and name in ("content-length", "transfer-encoding")):
                raise ValueError("the head of its answer is not HTTP")
            fields[name] = value.strip()

    async def _body(self, fields):
        coding, length = fields.get("transfer-encoding"), fields.get("content-length")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise ValueError("its answer has a form that is not read here")
            return await self._chunks()
        if length is None:
            return await self._input.to_the_end(MESSAGE_MAX)
        return await self._input.exactly(_size(length, 10))

    async def _chunks(self):
        found = bytearray()
        while True:
            size = _size((await self._input.line(HEAD_MAX)).split(";")[0].strip(), 16)
            if len(found) + size > MESSAGE_MAX:
                raise ValueError("its answer is too long")
            if not size:
                break
            found.extend(await self._input.exactly(size))
            if await self._input.line(HEAD_MAX):
                raise ValueError("a chunk of its answer does not end")
        left = HEAD_MAX
        while True:  # fields after the last chunk
            line = await self._input.line(left)
            if not line:
                return bytes(found)
            left -= len(line)


def _size(text, base):
    """A number of bytes up to MESSAGE_MAX. ValueError for everything else, signs and blanks too."""
    if not text or len(text) > 8 or any([character not in "0123456789abcdefABCDEF" for character in text]):
        raise ValueError("the length of its answer is no number")
    size = int(text, base)
    if size > MESSAGE_MAX:
        raise ValueError("its answer is too long")
    return size
