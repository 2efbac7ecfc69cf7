/** The operations on launch templates. */
import { randomBytes } from "node:crypto";
import { messageOf } from "../../errors.ts";
import type { XmlContent } from "../http/xml.ts";
import { AwsError, type Identity, notServed } from "../service.ts";
import { templateElement, versionElement } from "./elements.ts";
import { invalidValue, malformedName, missingParameter, nameTaken } from "./errors.ts";
import { type Parameters, structure, tagsOf, text, texts } from "./parameters.ts";
import { filtered, page, templateById, templateByName, templateOf, versionOf } from "./selection.ts";
import type { LaunchTemplate, TemplateStore, TemplateVersion } from "./store.ts";

export interface Ec2Context {
  readonly store: TemplateStore;
  readonly identity: Identity;
}

/** Answers what stands below the request's id. */
export type Ec2Operation = (parameters: Parameters, context: Ec2Context) => Readonly<Record<string, XmlContent>>;

const createLaunchTemplate: Ec2Operation = (parameters, { store, identity }) => {
  const name = text(parameters, "LaunchTemplateName");
  if (name === undefined) throw missingParameter("LaunchTemplateName");
  if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) throw malformedName(name);
  const clientToken = text(parameters, "ClientToken");
  const known = store.named(name);
  if (known && (clientToken === undefined || known.clientToken !== clientToken)) throw nameTaken();
  if (known) return { launchTemplate: templateElement(known) };
  const version = newVersion(parameters, identity, 1, {});
  const template: LaunchTemplate = {
    id: `lt-0${randomBytes(8).toString("hex")}`,
    name,
    created: version.created,
    createdBy: version.createdBy,
    tags: tagsOf(parameters, "launch-template"),
    defaultVersion: 1,
    versions: [version],
    latest: 1,
    ...(clientToken !== undefined && { clientToken }),
  };
  return { launchTemplate: templateElement(store.put(template)) };
};

const createLaunchTemplateVersion: Ec2Operation = (parameters, { store, identity }) => {
  const template = templateOf(store, parameters);
  const source = text(parameters, "SourceVersion");
  const inherited = source === undefined ? {} : versionOf(template, source).data;
  const latest = template.latest + 1;
  const version = newVersion(parameters, identity, latest, inherited);
  const changed = store.put({ ...template, versions: [...template.versions, version], latest });
  return { launchTemplateVersion: versionElement(changed, version) };
};

/** @param inherited what the request does not give itself */
function newVersion(parameters: Parameters, { arn }: Identity, number: number, inherited: Parameters): TemplateVersion {
  const data = structure(parameters["LaunchTemplateData"]);
  if (Object.keys(data).length === 0) throw missingParameter("LaunchTemplateData");
  const description = text(parameters, "VersionDescription");
  if (description !== undefined && description.length > 255) throw invalidValue(description, "VersionDescription");
  return {
    number,
    created: `${new Date().toISOString().slice(0, 19)}.000Z`,
    createdBy: arn,
    ...(description !== undefined && { description }),
    data: { ...inherited, ...data },
  };
}

const describeLaunchTemplates: Ec2Operation = (parameters, { store }) => {
  const ids = texts(parameters, "LaunchTemplateId").map((id) => templateById(store, id));
  const names = texts(parameters, "LaunchTemplateName").map((name) => templateByName(store, name));
  const chosen = ids.length + names.length > 0 ? [...new Set([...ids, ...names])] : store.all();
  return page(parameters, "launchTemplates", filtered(parameters, chosen), templateElement);
};

const describeLaunchTemplateVersions: Ec2Operation = (parameters, { store }) => {
  if (parameters["Filter"] !== undefined) throw notServed("DescribeLaunchTemplateVersions with filters");
  if (text(parameters, "ResolveAlias") === "true") throw notServed("DescribeLaunchTemplateVersions with ResolveAlias");
  const asked = texts(parameters, "LaunchTemplateVersion");
  const named = text(parameters, "LaunchTemplateId") ?? text(parameters, "LaunchTemplateName");
  // Without a template, the latest or the default version of all of them.
  const all = asked.length > 0 && asked.every((version) => version.startsWith("$"));
  const templates = named === undefined && all ? store.all() : [templateOf(store, parameters)];
  const least = Number(text(parameters, "MinVersion") ?? 0);
  const most = Number(text(parameters, "MaxVersion") ?? Number.POSITIVE_INFINITY);
  const found = templates.flatMap((template) => {
    const versions =
      asked.length > 0 ? [...new Set(asked.map((version) => versionOf(template, version)))] : template.versions;
    return versions
      .filter(({ number }) => number >= least && number <= most)
      .sort((a, b) => b.number - a.number)
      .map((version) => versionElement(template, version));
  });
  return page(parameters, "launchTemplateVersionSet", found, (element) => element);
};

const modifyLaunchTemplate: Ec2Operation = (parameters, { store }) => {
  const template = templateOf(store, parameters);
  const version = text(parameters, "SetDefaultVersion");
  const defaultVersion = version === undefined ? template.defaultVersion : versionOf(template, version).number;
  return { launchTemplate: templateElement(store.put({ ...template, defaultVersion })) };
};

const deleteLaunchTemplate: Ec2Operation = (parameters, { store }) => {
  const template = templateOf(store, parameters);
  store.delete(template.id);
  return { launchTemplate: templateElement(template) };
};

const deleteLaunchTemplateVersions: Ec2Operation = (parameters, { store }) => {
  const asked = texts(parameters, "LaunchTemplateVersion");
  if (asked.length === 0) throw missingParameter("LaunchTemplateVersion");
  const { id: launchTemplateId, name: launchTemplateName } = templateOf(store, parameters);
  const deleted: XmlContent[] = [];
  const kept: XmlContent[] = [];
  for (const version of asked) {
    const subject = { launchTemplateId, launchTemplateName, versionNumber: version };
    try {
      deleteVersion(store, launchTemplateId, version);
      deleted.push(subject);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const code = error.code.endsWith("VersionNotFound") ? "launchTemplateVersionDoesNotExist" : "unexpectedError";
      kept.push({ ...subject, responseError: { code, message: messageOf(error) } });
    }
  }
  return {
    successfullyDeletedLaunchTemplateVersionSet: { item: deleted },
    unsuccessfullyDeletedLaunchTemplateVersionSet: { item: kept },
  };
};

function deleteVersion(store: TemplateStore, id: string, version: string): void {
  const template = store.get(id)!;
  const { number } = versionOf(template, version);
  if (number === template.defaultVersion) {
    throw new AwsError(400, "OperationNotPermitted", "The default version of a launch template cannot be deleted.");
  }
  store.put({ ...template, versions: template.versions.filter((one) => one.number !== number) });
}

export const OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  DeleteLaunchTemplate: deleteLaunchTemplate,
  DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  DescribeLaunchTemplates: describeLaunchTemplates,
  ModifyLaunchTemplate: modifyLaunchTemplate,
};
