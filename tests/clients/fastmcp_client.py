"""Drives a server with FastMCP's client. See session.py for how it is started."""

import asyncio

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

import session


class Steps:
    def __init__(self, client, changed):
        self.client = client
        self.changed = changed

    async def tools(self):
        return [tool.name for tool in await self.client.list_tools()]

    async def resources(self):
        return [str(resource.uri) for resource in await self.client.list_resources()]

    async def templates(self):
        return [template.uri_template for template in await self.client.list_resource_templates()]

    async def prompts(self):
        return [prompt.name for prompt in await self.client.list_prompts()]

    async def call(self, tool, arguments):
        return session.called(await self.client.call_tool(tool, arguments, raise_on_error=False))

    async def progress(self, tool, arguments):
        seen = []

        async def progressed(progress, total, message):
            seen.append([progress, total])

        result = await self.client.call_tool(tool, arguments, progress_handler=progressed)
        return session.called(result) | {"progress": seen}

    async def read(self, uri):
        return session.contents(await self.client.read_resource(uri))

    async def prompt(self, name, arguments):
        return session.messages(await self.client.get_prompt(name, arguments))

    async def change(self, tool, arguments):
        return await session.until_changed(lambda: self.client.call_tool(tool, arguments), self.changed)


async def connect(target, mode, steps):
    changed = asyncio.Event()

    async def heard(message):
        if getattr(message, "method", None) == "notifications/tools/list_changed":
            changed.set()

    transport = StreamableHttpTransport(target["url"]) if "url" in target else StdioTransport(**target)
    async with Client(transport, mode=mode, message_handler=heard) as client:
        await session.report(mode, client.protocol_version, steps, Steps(client, changed))


session.run(connect)
