/** The mapping templates that are served: those which `scar init` gives the asynchronous route of its APIs, letter by letter. */
import { createHash } from "node:crypto";

/** What a template is for: texts, or bodies that API Gateway has made base64. */
export type TemplateKind = "text" | "binary";

/** By the SHA-256 sum of the text, as the texts are the CLI's (src/providers/aws/api/async-template.ts). */
const KINDS: ReadonlyMap<string, TemplateKind> = new Map([
  ["0233ce164696bf47c29863fbf3f62bfabe1bec5d356b5a608f0bad8d3427107e", "text"],
  ["7de48de04e0d23cfd1580076c6d0c370854a13bcdf3a1e948bf5a7616c928cdf", "binary"],
]);

/** Which of ours a template is; undefined for any other. */
export function knownTemplate(template: string): TemplateKind | undefined {
  return KINDS.get(createHash("sha256").update(template.trimEnd()).digest("hex"));
}
