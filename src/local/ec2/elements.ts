/** Launch templates in EC2's answers. */
import type { XmlContent } from "../http/xml.ts";
import type { Tree } from "./parameters.ts";
import type { LaunchTemplate, TemplateVersion } from "./store.ts";

export const templateElement = (template: LaunchTemplate): Record<string, XmlContent> => ({
  launchTemplateId: template.id,
  launchTemplateName: template.name,
  createTime: template.created,
  createdBy: template.createdBy,
  defaultVersionNumber: template.defaultVersion,
  // The highest one that is left.
  latestVersionNumber: template.versions.at(-1)!.number,
  tagSet: { item: Object.entries(template.tags).map(([key, value]) => ({ key, value })) },
});

export const versionElement = (template: LaunchTemplate, version: TemplateVersion): Record<string, XmlContent> => ({
  launchTemplateId: template.id,
  launchTemplateName: template.name,
  versionNumber: version.number,
  versionDescription: version.description,
  createTime: version.created,
  createdBy: version.createdBy,
  defaultVersion: version.number === template.defaultVersion,
  launchTemplateData: dataElement(version.data),
});

/** Lists whose name in answers is not that in requests and `Set`, and the name of their items. */
const LISTS: Readonly<Record<string, { readonly name: string; readonly item: string }>> = {
  LicenseSpecification: { name: "licenseSet", item: "item" },
  "NetworkInterface.SecurityGroupId": { name: "groupSet", item: "groupId" },
};

/** What was asked for, under the names that EC2 gives it in answers. */
function dataElement(data: Tree, within = ""): XmlContent {
  if (typeof data === "string") return data;
  if (Array.isArray(data)) return data.map((item: Tree) => dataElement(item, within));
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      const below = dataElement(value as Tree, name);
      const answered = name.charAt(0).toLowerCase() + name.slice(1);
      if (!Array.isArray(value)) return [answered, below];
      const { name: set, item } = LISTS[`${within}.${name}`] ?? LISTS[name] ?? { name: `${answered}Set`, item: "item" };
      return [set, { [item]: below }];
    }),
  );
}
