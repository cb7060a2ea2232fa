"""A board's line to its shop, driven by a test: `python line_client.py REPOSITORY <JOB`. Runs on both interpreters.

JOB is JSON: {"where": settings of the line, "wait_ms": …, "messages": [hex, …], "fits": beginning of answers, hex}.
Printed is a JSON list of answers in hex, or ["code", "message"] for trouble.
"""

import asyncio
import json
import sys


async def talk(job):
    from cardos.errors import StampdError
    from terminal.line import open_line

    line = open_line(job["where"], 0x5354, 7)
    line._wait_ms = job.get("wait_ms", 3000)
    said, begin = [], bytes.fromhex(job.get("fits", ""))
    for message in job["messages"]:
        try:
            said.append((await line.exchange(bytes.fromhex(message), lambda data: data.startswith(begin))).hex())
        except StampdError as trouble:
            said.append([trouble.code, trouble.message])
    await line.close()
    return said


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    print(json.dumps(asyncio.run(talk(json.loads(sys.stdin.read())))))
