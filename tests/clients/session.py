"""What the Python clients share: the calls that a test wants, made with a client that is connected, and a report of it.

A client's script is started with TARGET CALLS MODE..., the first two in JSON:

    TARGET  {"url": "http://..."} or {"command": "wharf", "args": ["serve", "--stdio"]}
    CALLS   [["tool", {"argument": "value"}], ...]

It connects once for each mode, and prints a report as one line of JSON each time.
"""

import asyncio
import json
import sys


async def report(mode, protocol, list_tools, call_tool, calls):
    """Makes the calls, and prints what came of them."""
    seen = {"mode": mode, "protocol": protocol, "tools": await list_tools(), "calls": []}
    for tool, arguments in calls:
        try:
            seen["calls"].append(await call_tool(tool, arguments))
        except Exception as error:  # Each client has its own kind; the text is what a test looks at.
            seen["calls"].append({"raised": str(error)})
    print(json.dumps(seen), flush=True)


def run(connect):
    """Runs `connect(target, mode, calls)` for each mode that was asked for."""
    target, calls, *modes = sys.argv[1:]

    async def each_mode():
        for mode in modes:
            await connect(json.loads(target), mode, json.loads(calls))

    asyncio.run(each_mode())
