/** What `npm run schema` writes. */
import { FDL } from "../src/fdl/fields.ts";
import { fieldTable } from "./field-table.ts";
import { jsonSchema } from "./json-schema.ts";

/** schema/fdl.json */
export function renderSchema(): string {
  return `${JSON.stringify(jsonSchema(FDL), null, 1)}\n`;
}

/** docs/fdl.md with its tables as the fields are now: each stands between `<!-- fields PATH -->` and `<!-- end -->`. */
export function renderDocs(page: string): string {
  return page.replace(
    /(<!-- fields ?(\S*) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_table, start: string, path: string, end: string) => `${start}\n${fieldTable(FDL, path)}\n\n${end}`,
  );
}
