/** Managed policies: the customer's, with their versions, and those of AWS that are known here. */
import type { QueryAction } from "../../http/query-protocol.ts";
import type { XmlContent } from "../../http/xml.ts";
import { notServed } from "../../service.ts";
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, quotaExceeded } from "../errors.ts";
import { encodedDocument, limited, list, newId, newName, page, pathOf, required, tagList, tagsOf } from "../fields.ts";
import { principalId } from "../identity.ts";
import { isManagedArn, managedArns, managedDocument } from "../managed-policies.ts";
import { readPolicy } from "../policy/document.ts";
import { awsNow, type IamStore, type PolicyRecord, type PolicyVersion } from "../store.ts";
import { arnOf } from "./role-policies.ts";

/** Characters of a document, blanks not counted. */
const MAX_DOCUMENT = 6144;
const MAX_VERSIONS = 5;
/** When AWS's own policies were made, as far as this server tells. */
const MANAGED_SINCE = "2015-02-06T18:40:00Z";

export function policyActions(store: IamStore): Readonly<Record<string, QueryAction>> {
  const attachments = (arn: string): number =>
    store.roles.all().filter(({ attached }) => attached.includes(arn)).length;
  const element = (policy: PolicyRecord): Record<string, XmlContent> => ({
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments(policy.arn),
    PermissionsBoundaryUsageCount: store.roles.all().filter(({ boundary }) => boundary === policy.arn).length,
    IsAttachable: true,
    CreateDate: policy.created,
    UpdateDate: policy.updated,
  });
  /** The policy that a request reads. */
  const policyOf = (parameters: URLSearchParams): PolicyRecord => {
    const arn = arnOf(parameters);
    const policy = store.policyOfArn(arn) ?? managedRecord(arn);
    if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  };
  /** The policy that a request changes: AWS's are not the customer's to change. */
  const ownPolicyOf = (parameters: URLSearchParams): PolicyRecord => {
    const arn = arnOf(parameters);
    const policy = store.policyOfArn(arn);
    if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  };
  return {
    CreatePolicy(parameters) {
      const name = newName(parameters, "PolicyName", 128);
      const path = pathOf(parameters);
      const description = parameters.get("Description");
      const created = awsNow();
      const policy: PolicyRecord = {
        name,
        path,
        id: newId("ANPA"),
        arn: store.arn("policy", path, name),
        created,
        updated: created,
        ...(description !== null && { description }),
        tags: tagsOf(parameters),
        defaultVersion: "v1",
        versions: [{ id: "v1", created, document: documentOf(parameters) }],
        next: 2,
      };
      if (store.policies.has(name))
        throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
      store.policies.put(policy);
      return { Policy: { ...element(policy), Tags: tagList(policy.tags) } };
    },
    GetPolicy(parameters) {
      const policy = policyOf(parameters);
      return { Policy: { ...element(policy), Description: policy.description, Tags: tagList(policy.tags) } };
    },
    ListPolicies(parameters) {
      const scope = parameters.get("Scope") ?? "All";
      const prefix = parameters.get("PathPrefix") ?? "/";
      const all = [
        ...(scope === "AWS" ? [] : store.policies.all()),
        ...(scope === "Local" ? [] : managedArns().map((arn) => managedRecord(arn)!)),
      ];
      const onlyAttached = parameters.get("OnlyAttached") === "true";
      const found = all.filter(({ path, arn }) => path.startsWith(prefix) && (!onlyAttached || attachments(arn) > 0));
      return page(parameters, "Policies", found, element);
    },
    DeletePolicy(parameters) {
      const policy = ownPolicyOf(parameters);
      if (attachments(policy.arn) > 0) throw deleteConflict("must detach it from all entities first.");
      if (policy.versions.length > 1) throw deleteConflict("must delete all its other versions first.");
      store.policies.delete(policy.name);
    },
    ListEntitiesForPolicy(parameters) {
      const arn = arnOf(parameters);
      // Others of AWS's policies can be attached too.
      if (!isManagedArn(arn)) policyOf(parameters);
      const filter = parameters.get("EntityFilter") ?? "Role";
      const roles = filter === "Role" ? store.roles.all().filter(({ attached }) => attached.includes(arn)) : [];
      return {
        PolicyGroups: {},
        PolicyUsers: {},
        ...page(parameters, "PolicyRoles", roles, ({ name, id }) => ({ RoleName: name, RoleId: id })),
      };
    },
    CreatePolicyVersion(parameters) {
      const policy = ownPolicyOf(parameters);
      if (policy.versions.length === MAX_VERSIONS) {
        throw limitExceeded(
          "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        );
      }
      const version = { id: `v${policy.next}`, created: awsNow(), document: documentOf(parameters) };
      const changed = store.policies.put({
        ...policy,
        updated: version.created,
        versions: [...policy.versions, version],
        defaultVersion: parameters.get("SetAsDefault") === "true" ? version.id : policy.defaultVersion,
        next: policy.next + 1,
      });
      return { PolicyVersion: versionElement(changed, version) };
    },
    GetPolicyVersion(parameters) {
      const policy = policyOf(parameters);
      const version = versionOf(policy, parameters);
      return { PolicyVersion: { Document: encodedDocument(version.document), ...versionElement(policy, version) } };
    },
    ListPolicyVersions(parameters) {
      const policy = policyOf(parameters);
      return page(parameters, "Versions", policy.versions.toReversed(), (version) => versionElement(policy, version));
    },
    SetDefaultPolicyVersion(parameters) {
      const policy = ownPolicyOf(parameters);
      store.policies.put({ ...policy, defaultVersion: versionOf(policy, parameters).id, updated: awsNow() });
    },
    DeletePolicyVersion(parameters) {
      const policy = ownPolicyOf(parameters);
      const { id } = versionOf(policy, parameters);
      if (id === policy.defaultVersion) throw deleteConflict("the default version of a policy must stay.");
      store.policies.put({ ...policy, versions: policy.versions.filter((version) => version.id !== id) });
    },
    TagPolicy(parameters) {
      const policy = ownPolicyOf(parameters);
      store.policies.put({ ...policy, tags: limited({ ...policy.tags, ...tagsOf(parameters) }) });
    },
    UntagPolicy(parameters) {
      const policy = ownPolicyOf(parameters);
      const keys = list(parameters, "TagKeys");
      const tags = Object.fromEntries(Object.entries(policy.tags).filter(([key]) => !keys.includes(key)));
      store.policies.put({ ...policy, tags });
    },
    ListPolicyTags: (parameters) =>
      page(parameters, "Tags", Object.entries(policyOf(parameters).tags), ([Key, Value]) => ({ Key, Value })),
  };
}

function documentOf(parameters: URLSearchParams): string {
  const document = required(parameters, "PolicyDocument");
  readPolicy(document, "identity");
  if (document.replace(/\s/g, "").length > MAX_DOCUMENT) throw quotaExceeded("PolicySize", MAX_DOCUMENT);
  return document;
}

function versionOf(policy: PolicyRecord, parameters: URLSearchParams): PolicyVersion {
  const id = required(parameters, "VersionId");
  const version = policy.versions.find((one) => one.id === id);
  if (!version) throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return version;
}

const versionElement = ({ defaultVersion }: PolicyRecord, { id, created }: PolicyVersion) => ({
  VersionId: id,
  IsDefaultVersion: id === defaultVersion,
  CreateDate: created,
});

/** One of AWS's policies. Throws AwsError 501 for one that is not known here. */
function managedRecord(arn: string): PolicyRecord | undefined {
  if (!isManagedArn(arn)) return undefined;
  const document = managedDocument(arn);
  if (document === undefined) throw notServed(`The policy ${arn}`);
  const resource = arn.slice(arn.indexOf("policy/") + "policy".length);
  return {
    name: resource.slice(resource.lastIndexOf("/") + 1),
    id: principalId("ANPA", arn),
    arn,
    path: resource.slice(0, resource.lastIndexOf("/") + 1),
    created: MANAGED_SINCE,
    updated: MANAGED_SINCE,
    tags: {},
    defaultVersion: "v1",
    versions: [{ id: "v1", created: MANAGED_SINCE, document }],
    next: 2,
  };
}
