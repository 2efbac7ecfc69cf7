// Builds dist/: the CLI split by command (each loads only the SDK clients it uses), the supervisor and the local AWS as
// bundles of their own. `tsc` only checks types.
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("./", import.meta.url));
const out = process.env.SCAR_BUILD_DIR ?? `${root}dist`;
const staging = `${out}.${process.pid}`;
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** CommonJS dependencies inside an ES module bundle still call `require` for Node's own modules. */
const requireShim = {
  js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
};

/** What libraries bring and Node has, or nobody uses: all of it would be read at each start. */
const leftOut = {
  name: "left-out",
  setup({ onResolve, onLoad }) {
    // commander starts subcommands that are programs of their own; ours are none.
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      importer.includes("/node_modules/commander/") ? { path, namespace: "nothing" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "" }));
    // archiver's libraries have copies of Node's streams, two of them.
    onResolve({ filter: /^readable-stream$/ }, () => ({ path: "node:stream", external: true }));
    onResolve({ filter: /^readable-stream\/passthrough$/ }, ({ path }) => ({ path, namespace: "passthrough" }));
    onLoad({ filter: /.*/, namespace: "passthrough" }, () => ({
      contents: 'module.exports = require("node:stream").PassThrough;',
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  // Node's default prefers CommonJS, of which nothing can be left out: ES modules start a quarter faster (the SDK's clients).
  mainFields: ["module", "main"],
  target: "node20",
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: "none",
  define: { __SCAR_VERSION__: JSON.stringify(version) },
  banner: requireShim,
  plugins: [leftOut],
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  logLevel: "warning",
};

/** The demo and the benchmarks: programs of the repository, left out of the published package. */
const programs = [
  "demo/demo.ts",
  ...readdirSync(`${root}bench`)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `bench/${name}`),
];

const CLIENTS = ["lambda", "logs", "sts", "s3", "iam", "ecr", "tagging", "api-gateway"];
const client = (name) => `src/providers/aws/clients/${name}.ts`;

const COMMANDS = ["init", "update", "rm", "ls", "log", "run", "invoke"];
const command = (name) => `src/cli/commands/${name}.ts`;

/** What commands load together, in files of that name. */
const TOGETHER = [
  { name: "core", of: ["src/cli/dispatch.ts", "src/cli/log/log.ts"] },
  { name: "transfers", of: ["src/cli/commands/put.ts", "src/cli/commands/get.ts"] },
  { name: "sdk", of: CLIENTS.map(client), sharedBy: 2 },
  ...CLIENTS.map((name) => ({ name, of: [client(name)] })),
  { name: "plain", of: COMMANDS.map(command), sharedBy: 2, without: CLIENTS },
  { name: "registry", of: ["src/registry/open.ts"] },
];

try {
  await Promise.all([
    buildCli(),
    build({ ...common, entryPoints: { handler: "src/supervisor/main.ts" }, outdir: `${staging}/supervisor` }),
    // Kept names cost a call for each closure a request makes, and nothing in the server reads them.
    build({ ...common, keepNames: false, entryPoints: { server: "src/local/main.ts" }, outdir: `${staging}/local` }),
    // One file without chunks: the sandbox shows nothing else of dist/.
    build({
      ...common,
      splitting: false,
      entryPoints: { "node-runtime": "src/local/lambda/node-runtime/main.ts" },
      outdir: `${staging}/local`,
    }),
    build({ ...common, entryPoints: programs, outbase: root, outdir: `${staging}/dev` }),
  ]);
  chmodSync(`${staging}/main.js`, 0o755);
  swapIn();
} finally {
  rmSync(staging, { recursive: true, force: true });
}

async function buildCli() {
  const options = { ...common, entryPoints: { main: "src/main.ts" }, outExtension: {}, metafile: true };
  const many = `${staging}.many`;
  try {
    const { metafile } = await build({ ...options, outdir: many });
    // Only for rolldown, so that no mistake of our own passes for one of its needs.
    const problem = await import("rolldown").then(
      () => undefined,
      (error) => error.message,
    );
    if (problem === undefined) {
      const { mergeChunks } = await import("./build/merge-chunks.mjs");
      await mergeChunks({ folder: many, out: staging, metafile, root, together: TOGETHER });
    } else {
      console.warn(`build: commands will start a little slower, as rolldown does not run here: ${problem}`);
      cpSync(many, staging, { recursive: true });
    }
  } finally {
    rmSync(many, { recursive: true, force: true });
  }
}

/** Puts the new build in the place of the old one; another build may be doing the same. */
function swapIn() {
  const old = `${staging}.old`;
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync(out)) renameSync(out, old);
      renameSync(staging, out);
      break;
    } catch (error) {
      if (attempt === 20) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}
