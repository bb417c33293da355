// A plugin with one tool, made from the contract in wit/plugin and nothing else of wharf's.

const INPUT_SCHEMA = JSON.stringify({
  type: "object",
  properties: { text: { type: "string", description: "What to say back." } },
  required: ["text"],
  additionalProperties: false,
});

const ECHO = {
  name: "echo",
  title: "Echo",
  description: "Returns the text that it is given, unchanged.",
  inputSchema: INPUT_SCHEMA,
  hints: { readOnly: true, idempotent: true, openWorld: false },
  icons: [],
  tasks: "forbidden",
  longRunning: false,
};

export const tools = {
  listTools() {
    return [ECHO];
  },

  callTool(name, args, resumed) {
    if (name !== ECHO.name) {
      // What is thrown becomes the error of the WIT result.
      throw { tag: "unknown-name", val: `no tool named ${name}` };
    }
    const { text } = JSON.parse(args);
    return { tag: "done", val: { content: [{ block: { tag: "text", val: text } }], isError: false } };
  },
};
