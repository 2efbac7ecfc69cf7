// esbuild makes a chunk of all modules that the same entries reach: dozens of small files, each of which Node resolves, reads and
// links by itself. What is loaded together anyway becomes one file here.
import { resolve } from "node:path";
import { rolldown } from "rolldown";

/**
 * @param {object} options
 * @param {string} options.folder what esbuild wrote: `main.js` and its chunks
 * @param {string} options.out for the merged files
 * @param {import("esbuild").Metafile} options.metafile of that build; its paths are relative to `root`
 * @param {string} options.root
 * @param {readonly Together[]} options.together a chunk is of the first that it belongs to, and of none when `main.js` itself needs it
 *
 * @typedef {object} Together Chunks that become one file
 * @property {string} name
 * @property {readonly string[]} of source files that are imported dynamically: their chunks, and all that these import
 * @property {number} [sharedBy] only what so many of them import; default 1
 * @property {readonly string[]} [without] groups before this one: only what imports nothing of theirs
 */
export async function mergeChunks({ folder, out, metafile, root, together }) {
  const groups = groupsOf(metafile.outputs, together);
  const byPath = new Map([...groups].map(([path, group]) => [resolve(root, path), group]));
  const bundle = await rolldown({
    input: { main: `${folder}/main.js` },
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    treeshake: false,
    preserveEntrySignatures: false,
    logLevel: "warn",
  });
  await bundle.write({
    dir: out,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ debugName: "together", name: (id) => byPath.get(id) ?? null }],
    },
  });
  await bundle.close();
}

/** Names of groups by chunks. */
function groupsOf(outputs, together) {
  const chunkOf = new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, path]));
  const chunkOfSource = (source) => {
    const chunk = chunkOf.get(source);
    if (chunk === undefined) throw new Error(`${source} has no chunk: it is not imported dynamically any more`);
    return chunk;
  };
  const groups = new Map();
  const main = Object.keys(outputs).find((path) => path.endsWith("/main.js"));
  for (const chunk of closure(outputs, main)) groups.set(chunk, undefined);
  for (const { name, of, sharedBy = 1, without = [] } of together) {
    const closures = of.map((source) => closure(outputs, chunkOfSource(source)));
    for (const chunk of closures.flatMap((one) => [...one])) {
      const isShared = closures.filter((one) => one.has(chunk)).length >= sharedBy;
      const isLight =
        without.length === 0 || [...closure(outputs, chunk)].every((one) => !without.includes(groups.get(one)));
      if (isShared && isLight && !groups.has(chunk)) groups.set(chunk, name);
    }
  }
  return groups;
}

/** The chunk and all that it imports, dynamic imports left out. */
function closure(outputs, chunk, found = new Set()) {
  if (found.has(chunk)) return found;
  found.add(chunk);
  for (const { path, kind, external } of outputs[chunk].imports)
    if (kind === "import-statement" && external !== true) closure(outputs, path, found);
  return found;
}
