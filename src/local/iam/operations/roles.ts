/** Roles: made, read, changed, tagged, deleted. */
import type { QueryAction } from "../../http/query-protocol.ts";
import type { XmlContent } from "../../http/xml.ts";
import { alreadyExists, deleteConflict, invalidInput, noSuchRole, quotaExceeded } from "../errors.ts";
import {
  constraint,
  encodedDocument,
  integer,
  limited,
  list,
  newId,
  newName,
  page,
  pathOf,
  required,
  tagList,
  tagsOf,
} from "../fields.ts";
import { readPolicy } from "../policy/document.ts";
import { awsNow, type IamStore, type RoleRecord } from "../store.ts";

/** Characters of a trust policy, blanks not counted. */
const MAX_TRUST = 2048;
/** Seconds that sessions of a role may last. */
const SESSION = { default: 3600, least: 3600, most: 43_200 } as const;

/** The role that a request names. Throws `NoSuchEntity`. */
export function roleOf(store: IamStore, parameters: URLSearchParams): RoleRecord {
  const name = required(parameters, "RoleName");
  const role = store.roles.get(name);
  if (!role) throw noSuchRole(name);
  return role;
}

/** A role as IAM lists it. */
export function roleElement(role: RoleRecord): Record<string, XmlContent> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.created,
    AssumeRolePolicyDocument: encodedDocument(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSession,
  };
}

/** What one request for a role tells beyond that. */
const details = (role: RoleRecord): Record<string, XmlContent> => ({
  ...roleElement(role),
  PermissionsBoundary: role.boundary && {
    PermissionsBoundaryType: "Policy",
    PermissionsBoundaryArn: role.boundary,
  },
  Tags: tagList(role.tags),
});

export function roleActions(store: IamStore): Readonly<Record<string, QueryAction>> {
  const change = (parameters: URLSearchParams, fields: Partial<RoleRecord>): RoleRecord =>
    store.roles.put({ ...roleOf(store, parameters), ...fields });
  return {
    CreateRole(parameters) {
      const name = newName(parameters, "RoleName", 64);
      const path = pathOf(parameters);
      const boundary = parameters.get("PermissionsBoundary");
      const role: RoleRecord = {
        name,
        path,
        id: newId("AROA"),
        arn: store.arn("role", path, name),
        created: awsNow(),
        trust: trustOf(parameters, "AssumeRolePolicyDocument"),
        ...descriptionOf(parameters),
        maxSession: maxSessionOf(parameters) ?? SESSION.default,
        ...(boundary !== null && { boundary }),
        tags: tagsOf(parameters),
        inline: {},
        attached: [],
      };
      if (store.roles.has(name)) throw alreadyExists(`Role with name ${name} already exists.`);
      store.roles.put(role);
      return { Role: details(role) };
    },
    GetRole: (parameters) => ({ Role: { ...details(roleOf(store, parameters)), RoleLastUsed: {} } }),
    ListRoles(parameters) {
      const prefix = parameters.get("PathPrefix") ?? "/";
      const found = store.roles.all().filter(({ path }) => path.startsWith(prefix));
      return page(parameters, "Roles", found, roleElement);
    },
    UpdateRole(parameters) {
      const maxSession = maxSessionOf(parameters);
      change(parameters, { ...descriptionOf(parameters), ...(maxSession !== undefined && { maxSession }) });
      return {};
    },
    UpdateRoleDescription: (parameters) => ({ Role: details(change(parameters, descriptionOf(parameters))) }),
    UpdateAssumeRolePolicy(parameters) {
      roleOf(store, parameters);
      change(parameters, { trust: trustOf(parameters, "PolicyDocument") });
    },
    DeleteRole(parameters) {
      const role = roleOf(store, parameters);
      if (store.instanceProfiles.all().some((profile) => profile.role === role.name))
        throw deleteConflict("must remove roles from instance profile first.");
      if (role.attached.length > 0) throw deleteConflict("must detach all policies first.");
      if (Object.keys(role.inline).length > 0) throw deleteConflict("must delete policies first.");
      store.roles.delete(role.name);
    },
    PutRolePermissionsBoundary(parameters) {
      change(parameters, { boundary: required(parameters, "PermissionsBoundary") });
    },
    DeleteRolePermissionsBoundary(parameters) {
      const { boundary: _gone, ...rest } = roleOf(store, parameters);
      store.roles.put(rest);
    },
    TagRole(parameters) {
      const role = roleOf(store, parameters);
      change(parameters, { tags: limited({ ...role.tags, ...tagsOf(parameters) }) });
    },
    UntagRole(parameters) {
      const keys = list(parameters, "TagKeys");
      const left = Object.entries(roleOf(store, parameters).tags).filter(([key]) => !keys.includes(key));
      change(parameters, { tags: Object.fromEntries(left) });
    },
    ListRoleTags: (parameters) =>
      page(parameters, "Tags", Object.entries(roleOf(store, parameters).tags), ([Key, Value]) => ({ Key, Value })),
    CreateServiceLinkedRole(parameters) {
      const service = required(parameters, "AWSServiceName");
      if (!/^[\w-]+(?:\.[\w-]+)*\.amazonaws\.com$/.test(service))
        throw invalidInput(`${service} is not a service that has service-linked roles`);
      const suffix = parameters.get("CustomSuffix");
      const name = serviceLinkedName(service) + (suffix === null ? "" : `_${suffix}`);
      if (store.roles.has(name)) {
        throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);
      }
      const path = `/aws-service-role/${service}/`;
      const role = store.roles.put({
        name,
        path,
        id: newId("AROA"),
        arn: store.arn("role", path, name),
        created: awsNow(),
        trust: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [service] } }],
        }),
        ...descriptionOf(parameters),
        maxSession: SESSION.default,
        tags: {},
        inline: {},
        attached: [],
      });
      return { Role: details(role) };
    },
  };
}

/** `batch.amazonaws.com` → `AWSServiceRoleForBatch`. */
function serviceLinkedName(service: string): string {
  const words = service.replace(/\.amazonaws\.com$/, "").split(/[.-]/);
  const known: Readonly<Record<string, string>> = {
    ecs: "ECS",
    spotfleet: "SpotFleet",
    autoscaling: "AutoScaling",
    spot: "Spot",
    ec2: "EC2",
  };
  return `AWSServiceRoleFor${words.map((word) => known[word] ?? word.charAt(0).toUpperCase() + word.slice(1)).join("")}`;
}

function trustOf(parameters: URLSearchParams, field: string): string {
  const document = required(parameters, field);
  readPolicy(document, "trust");
  if (document.replace(/\s/g, "").length > MAX_TRUST) throw quotaExceeded("ACLSizePerRole", MAX_TRUST);
  return document;
}

function descriptionOf(parameters: URLSearchParams): { description?: string } {
  const description = parameters.get("Description");
  if (description === null) return {};
  if (description.length > 1000) throw constraint("Description", "Member must have length less than or equal to 1000");
  return { description };
}

const maxSessionOf = (parameters: URLSearchParams): number | undefined =>
  integer(parameters, "MaxSessionDuration", SESSION.least, SESSION.most);
