// A plugin that makes its requests with `fetch`, as JavaScript does everywhere, and knows nothing of WASI.

const INPUT_SCHEMA = JSON.stringify({
  type: "object",
  properties: { url: { type: "string", description: "Absolute." } },
  required: ["url"],
  additionalProperties: false,
});

const OUTPUT_SCHEMA = JSON.stringify({
  type: "object",
  properties: { status: { type: "integer" }, text: { type: "string", description: "The whole body." } },
  required: ["status", "text"],
});

const FETCH = {
  name: "fetch",
  title: "Fetch",
  description: "Gets what is at a URL.",
  inputSchema: INPUT_SCHEMA,
  outputSchema: OUTPUT_SCHEMA,
  hints: { readOnly: true },
  icons: [],
  tasks: "forbidden",
  longRunning: false,
};

export const tools = {
  listTools() {
    return [FETCH];
  },

  async callTool(name, args, resumed) {
    if (name !== FETCH.name) {
      // What is thrown becomes the error of the WIT result.
      throw { tag: "unknown-name", val: `no tool named ${name}` };
    }
    try {
      const response = await fetch(JSON.parse(args).url);
      const structured = JSON.stringify({ status: response.status, text: await response.text() });
      return { tag: "done", val: { content: [], structured, isError: false } };
    } catch (error) {
      return { tag: "done", val: { content: [{ block: { tag: "text", val: String(error) } }], isError: true } };
    }
  },
};
