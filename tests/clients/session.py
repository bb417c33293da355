"""What the Python clients share: the steps that a test wants, taken with a client that is connected, and a report of it.

A client's script is started with TARGET STEPS MODE..., the first two in JSON:

    TARGET  {"url": "http://..."} or {"command": "wharf", "args": ["serve", "--stdio"]}
    STEPS   [["tools"], ["call", "tool", {"argument": "value"}], ["read", "uri"], ...]

It connects once for each mode, and prints a report as one line of JSON each time. What the steps are called, and what is
reported of each, is the same for every client:

    tools, resources, templates, prompts    the names, or the URIs
    call TOOL ARGUMENTS                     {"failed", "structured", "text"}
    progress TOOL ARGUMENTS                 the same, with "progress": each as [progress, total]
    read URI                                {"text"}, or {"blob"}
    prompt NAME ARGUMENTS                   {"text"}, of all messages
    change TOOL ARGUMENTS                   {"changed"}: whether the tool made the server say that its tools have changed

A step that fails is reported as {"raised": "why"}.
"""

import asyncio
import json
import sys

# A stream of changes may not be open yet when the first call makes one, in the era that has no answer to opening it.
TRIES = 15
SECONDS_A_TRY = 2


async def report(mode, protocol, steps, taken):
    """Takes the steps, each a method of `taken`, and prints what came of them."""
    seen = {"mode": mode, "protocol": protocol, "steps": []}
    for step, *arguments in steps:
        try:
            seen["steps"].append(await getattr(taken, step)(*arguments))
        except Exception as error:  # Each client has its own kind; the text is what a test looks at.
            seen["steps"].append({"raised": str(error)})
    print(json.dumps(seen), flush=True)


def called(result):
    """What is reported of a tool's result."""
    return {
        "failed": bool(result.is_error),
        "structured": result.structured_content,
        "text": next((content.text for content in result.content if content.type == "text"), None),
    }


def contents(resources):
    """What is reported of a resource that was read."""
    first = resources[0]
    return {"text": first.text} if hasattr(first, "text") else {"blob": first.blob}


def messages(prompt):
    """What is reported of a prompt."""
    texts = (getattr(message.content, "text", "") for message in prompt.messages)
    return {"text": "\n".join(texts)}


async def until_changed(call, changed):
    """Calls until the event is set, and tells whether it was."""
    for _ in range(TRIES):
        await call()
        try:
            await asyncio.wait_for(changed.wait(), SECONDS_A_TRY)
            return {"changed": True}
        except TimeoutError:
            continue
    return {"changed": False}


def run(connect):
    """Runs `connect(target, mode, steps)` for each mode that was asked for."""
    target, steps, *modes = sys.argv[1:]

    async def each_mode():
        for mode in modes:
            await connect(json.loads(target), mode, json.loads(steps))

    asyncio.run(each_mode())
