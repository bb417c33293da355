"""A plugin with one tool, made from the contract in wit/plugin and nothing else of wharf's."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.tools import Hints, Outcome_Done, TaskSupport, Tool, ToolResult
from wit_world.imports.types import Block_Text, Content, Failure_UnknownName

INPUT_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"text": {"type": "string", "description": "What to say back."}},
        "required": ["text"],
        "additionalProperties": False,
    }
)

ECHO = Tool(
    name="echo",
    title="Echo",
    description="Returns the text that it is given, unchanged.",
    input_schema=INPUT_SCHEMA,
    output_schema=None,
    hints=Hints(read_only=True, destructive=None, idempotent=True, open_world=False),
    icons=[],
    tasks=TaskSupport.FORBIDDEN,
    long_running=False,
    meta=None,
)


class Tools(exports.Tools):
    def list_tools(self):
        return [ECHO]

    def call_tool(self, name, arguments, resumed):
        if name != ECHO.name:
            raise Err(Failure_UnknownName(f"no tool named {name}"))
        text = json.loads(arguments)["text"]
        said = Content(block=Block_Text(text), annotations=None, meta=None)
        return Outcome_Done(ToolResult(content=[said], structured=None, is_error=False, meta=None))
