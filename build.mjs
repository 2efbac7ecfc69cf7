// Builds dist/: the CLI split by command (each loads only the SDK clients it uses), the supervisor and the local AWS as
// bundles of their own. `tsc` only checks types.
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
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

try {
  await Promise.all([
    build({ ...common, entryPoints: { main: "src/main.ts" }, outdir: staging, outExtension: {} }),
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
