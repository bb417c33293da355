"""Drives a server with the Python SDK, the package mcp. See session.py for how it is started."""

import asyncio

from mcp import Client, StdioServerParameters

import session


class Steps:
    def __init__(self, client, changed):
        self.client = client
        self.changed = changed

    async def tools(self):
        return [tool.name for tool in (await self.client.list_tools()).tools]

    async def resources(self):
        return [str(resource.uri) for resource in (await self.client.list_resources()).resources]

    async def templates(self):
        listed = await self.client.list_resource_templates()
        return [template.uri_template for template in listed.resource_templates]

    async def prompts(self):
        return [prompt.name for prompt in (await self.client.list_prompts()).prompts]

    async def call(self, tool, arguments):
        return session.called(await self.client.call_tool(tool, arguments))

    async def progress(self, tool, arguments):
        seen = []

        async def progressed(progress, total, message):
            seen.append([progress, total])

        result = await self.client.call_tool(tool, arguments, progress_callback=progressed)
        return session.called(result) | {"progress": seen}

    async def read(self, uri):
        return session.contents((await self.client.read_resource(uri)).contents)

    async def prompt(self, name, arguments):
        return session.messages(await self.client.get_prompt(name, arguments))

    async def change(self, tool, arguments):
        def call():
            return self.client.call_tool(tool, arguments)

        if self.client.protocol_version < "2026-07-28":
            return await session.until_changed(call, self.changed)
        async with self.client.listen(tools_list_changed=True) as subscription:

            async def listen():
                async for _ in subscription:
                    self.changed.set()

            listening = asyncio.create_task(listen())
            try:
                return await session.until_changed(call, self.changed)
            finally:
                listening.cancel()


async def connect(target, mode, steps):
    changed = asyncio.Event()

    async def heard(message):
        if getattr(message, "method", None) == "notifications/tools/list_changed":
            changed.set()

    server = target["url"] if "url" in target else StdioServerParameters(**target)
    async with Client(server, mode=mode, message_handler=heard) as client:
        await session.report(mode, client.protocol_version, steps, Steps(client, changed))


session.run(connect)
