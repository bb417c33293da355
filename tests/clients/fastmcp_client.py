"""Drives a server with FastMCP's client. It chooses the protocol itself. See session.py for how it is started."""

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

import session


async def connect(target, mode, calls):
    transport = StreamableHttpTransport(target["url"]) if "url" in target else StdioTransport(**target)
    async with Client(transport) as client:

        async def list_tools():
            return [tool.name for tool in await client.list_tools()]

        async def call_tool(tool, arguments):
            result = await client.call_tool(tool, arguments, raise_on_error=False)
            return {
                "failed": bool(result.is_error),
                "structured": result.structured_content,
                "text": result.content[0].text if result.content else None,
            }

        await session.report(mode, None, list_tools, call_tool, calls)


session.run(connect)
