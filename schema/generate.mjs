// Writes schema/fdl.json and the tables of docs/fdl.md from the fields of src/fdl. test/unit/fdl/generated.test.ts tells when to run it.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["schema/render.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
});
const { renderSchema, renderDocs } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
);
writeFileSync(`${root}schema/fdl.json`, renderSchema());
const page = `${root}docs/fdl.md`;
writeFileSync(page, renderDocs(readFileSync(page, "utf8")));
