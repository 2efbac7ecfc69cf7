/** Which templates and versions a request names, and pages of them. */
import type { XmlContent } from "../http/xml.ts";
import { AwsError, notServed } from "../service.ts";
import { like } from "../wildcards.ts";
import {
  invalidValue,
  malformedId,
  missingParameter,
  noSuchTemplateId,
  noSuchTemplateName,
  noSuchVersion,
} from "./errors.ts";
import { list, type Parameters, structure, text, texts } from "./parameters.ts";
import type { LaunchTemplate, TemplateStore, TemplateVersion } from "./store.ts";

/** The template that a request names by id or by name. */
export function templateOf(store: TemplateStore, parameters: Parameters): LaunchTemplate {
  const id = text(parameters, "LaunchTemplateId");
  const name = text(parameters, "LaunchTemplateName");
  if (id !== undefined && name !== undefined) {
    throw new AwsError(
      400,
      "InvalidParameterCombination",
      "The request must contain either LaunchTemplateId or LaunchTemplateName, not both.",
    );
  }
  if (id !== undefined) return templateById(store, id);
  if (name === undefined) throw missingParameter("LaunchTemplateId");
  return templateByName(store, name);
}

export function templateById(store: TemplateStore, id: string): LaunchTemplate {
  if (!/^lt-[0-9a-f]+$/.test(id)) throw malformedId(id);
  const template = store.get(id);
  if (!template) throw noSuchTemplateId(id);
  return template;
}

export function templateByName(store: TemplateStore, name: string): LaunchTemplate {
  const template = store.named(name);
  if (!template) throw noSuchTemplateName(name);
  return template;
}

/** @param version a number, `$Latest` or `$Default` */
export function versionOf(template: LaunchTemplate, version: string): TemplateVersion {
  const { versions, defaultVersion } = template;
  if (version === "$Latest") return versions.at(-1)!;
  if (version !== "$Default" && !/^\d+$/.test(version)) throw invalidValue(version, "launchTemplateVersion");
  const number = version === "$Default" ? defaultVersion : Number(version);
  const found = versions.find((one) => one.number === number);
  if (!found) throw noSuchVersion(version);
  return found;
}

/** The templates that `Filter.N` lets through. */
export function filtered(parameters: Parameters, templates: readonly LaunchTemplate[]): readonly LaunchTemplate[] {
  const filters = list(parameters, "Filter").map((item) => {
    const filter = structure(item);
    const name = text(filter, "Name") ?? "";
    const values = texts(filter, "Value");
    return (template: LaunchTemplate): boolean => {
      const own = valuesOf(template, name);
      return values.some((value) => own.some((one) => like(value, one)));
    };
  });
  return templates.filter((template) => filters.every((passes) => passes(template)));
}

function valuesOf({ name, created, tags }: LaunchTemplate, filter: string): readonly string[] {
  if (filter === "launch-template-name") return [name];
  if (filter === "create-time") return [created];
  if (filter === "tag-key") return Object.keys(tags);
  if (filter.startsWith("tag:")) {
    const key = filter.slice("tag:".length);
    return Object.hasOwn(tags, key) ? [tags[key]!] : [];
  }
  throw notServed(`The filter '${filter}' of launch templates`);
}

/** A page as the element `name`, and `nextToken` when there are more. */
export function page<T>(
  parameters: Parameters,
  name: string,
  all: readonly T[],
  render: (item: T) => XmlContent,
): Record<string, XmlContent> {
  const asked = text(parameters, "MaxResults") ?? "200";
  const most = Number(asked);
  if (!Number.isInteger(most) || most < 1 || most > 200) throw invalidValue(asked, "MaxResults");
  const token = text(parameters, "NextToken");
  const from = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString() || Number.NaN);
  if (!Number.isInteger(from) || from < 0) throw invalidValue(token!, "NextToken");
  const to = from + most;
  return {
    [name]: { item: all.slice(from, to).map(render) },
    ...(to < all.length && { nextToken: Buffer.from(String(to)).toString("base64") }),
  };
}
