// Drives a server with the TypeScript SDK, the package @modelcontextprotocol/client. It is started as session.py
// describes, and reports the same. NODE_PATH says where the package is. Modes: `auto`, `legacy`, or a revision to insist on.

const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

// As in session.py.
const TRIES = 15;
const MILLISECONDS_A_TRY = 2000;

function transport(target) {
  return 'url' in target ? new StreamableHTTPClientTransport(new URL(target.url)) : new StdioClientTransport(target);
}

function called(result) {
  return {
    failed: Boolean(result.isError),
    structured: result.structuredContent ?? null,
    text: result.content.find((content) => content.type === 'text')?.text ?? null,
  };
}

function steps(client, changes) {
  const call = (name, args, options) => client.callTool({ name, arguments: args }, options);
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    resources: async () => (await client.listResources()).resources.map((resource) => resource.uri),
    templates: async () =>
      (await client.listResourceTemplates()).resourceTemplates.map((template) => template.uriTemplate),
    prompts: async () => (await client.listPrompts()).prompts.map((prompt) => prompt.name),
    call: async (name, args) => called(await call(name, args)),
    progress: async (name, args) => {
      const seen = [];
      const onprogress = ({ progress, total }) => seen.push([progress, total ?? null]);
      return { ...called(await call(name, args, { onprogress })), progress: seen };
    },
    read: async (uri) => {
      const [first] = (await client.readResource({ uri })).contents;
      return 'text' in first ? { text: first.text } : { blob: first.blob };
    },
    prompt: async (name, args) => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      return { text: messages.map((message) => message.content.text ?? '').join('\n') };
    },
    change: async (name, args) => {
      for (let tries = 0; tries < TRIES && !changes.seen; tries += 1) {
        await call(name, args);
        await Promise.race([changes.first, new Promise((resolve) => setTimeout(resolve, MILLISECONDS_A_TRY))]);
      }
      return { changed: changes.seen };
    },
  };
}

// Whether the server has said that its tools changed; `first` is settled when it does.
function watch() {
  const changes = { seen: false };
  changes.first = new Promise((resolve) => {
    changes.onChanged = () => {
      changes.seen = true;
      resolve();
    };
  });
  return changes;
}

async function report(target, wanted, mode) {
  const changes = watch();
  const client = new Client(
    { name: 'typescript', version: '0.1.0' },
    {
      versionNegotiation: { mode: ['auto', 'legacy'].includes(mode) ? mode : { pin: mode } },
      listChanged: { tools: { autoRefresh: false, onChanged: changes.onChanged } },
    },
  );
  await client.connect(transport(target));
  const seen = { mode, protocol: client.getNegotiatedProtocolVersion(), steps: [] };
  const taken = steps(client, changes);
  for (const [step, ...args] of wanted) {
    try {
      seen.steps.push(await taken[step](...args));
    } catch (error) {
      seen.steps.push({ raised: String(error.message) });
    }
  }
  await client.close();
  console.log(JSON.stringify(seen));
}

async function main() {
  const [target, wanted, ...modes] = process.argv.slice(2);
  for (const mode of modes) {
    await report(JSON.parse(target), JSON.parse(wanted), mode);
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
