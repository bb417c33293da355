"""Drives a server with the Python SDK, the package mcp. See session.py for how it is started."""

from mcp import Client, StdioServerParameters

import session


async def connect(target, mode, calls):
    server = target["url"] if "url" in target else StdioServerParameters(**target)
    async with Client(server, mode=mode) as client:

        async def list_tools():
            return [tool.name for tool in (await client.list_tools()).tools]

        async def call_tool(tool, arguments):
            result = await client.call_tool(tool, arguments)
            return {
                "failed": bool(result.is_error),
                "structured": result.structured_content,
                "text": result.content[0].text if result.content else None,
            }

        await session.report(mode, client.protocol_version, list_tools, call_tool, calls)


session.run(connect)
