/** Instance profiles, by which AWS gives a role to machines (Batch's compute environments name one). */
import type { QueryAction } from "../../http/query-protocol.ts";
import type { XmlContent } from "../../http/xml.ts";
import { alreadyExists, deleteConflict, noSuchEntity, quotaExceeded } from "../errors.ts";
import { newId, newName, page, pathOf, required, tagList, tagsOf } from "../fields.ts";
import { awsNow, type IamStore, type InstanceProfileRecord } from "../store.ts";
import { roleElement, roleOf } from "./roles.ts";

export function instanceProfileActions(store: IamStore): Readonly<Record<string, QueryAction>> {
  const element = (profile: InstanceProfileRecord): Record<string, XmlContent> => {
    const role = profile.role === undefined ? undefined : store.roles.get(profile.role);
    return {
      Path: profile.path,
      InstanceProfileName: profile.name,
      InstanceProfileId: profile.id,
      Arn: profile.arn,
      CreateDate: profile.created,
      Roles: role ? { member: [roleElement(role)] } : {},
      Tags: tagList(profile.tags),
    };
  };
  const profileOf = (parameters: URLSearchParams): InstanceProfileRecord => {
    const name = required(parameters, "InstanceProfileName");
    const profile = store.instanceProfiles.get(name);
    if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
    return profile;
  };
  return {
    CreateInstanceProfile(parameters) {
      const name = newName(parameters, "InstanceProfileName", 128);
      const path = pathOf(parameters);
      if (store.instanceProfiles.has(name)) throw alreadyExists(`Instance Profile ${name} already exists.`);
      const profile = store.instanceProfiles.put({
        name,
        path,
        id: newId("AIPA"),
        arn: store.arn("instance-profile", path, name),
        created: awsNow(),
        tags: tagsOf(parameters),
      });
      return { InstanceProfile: element(profile) };
    },
    GetInstanceProfile: (parameters) => ({ InstanceProfile: element(profileOf(parameters)) }),
    ListInstanceProfiles(parameters) {
      const prefix = parameters.get("PathPrefix") ?? "/";
      const found = store.instanceProfiles.all().filter(({ path }) => path.startsWith(prefix));
      return page(parameters, "InstanceProfiles", found, element);
    },
    ListInstanceProfilesForRole(parameters) {
      const { name } = roleOf(store, parameters);
      const found = store.instanceProfiles.all().filter(({ role }) => role === name);
      return page(parameters, "InstanceProfiles", found, element);
    },
    AddRoleToInstanceProfile(parameters) {
      const profile = profileOf(parameters);
      const role = roleOf(store, parameters);
      if (profile.role !== undefined) throw quotaExceeded("InstanceSessionsPerInstanceProfile", 1);
      store.instanceProfiles.put({ ...profile, role: role.name });
    },
    RemoveRoleFromInstanceProfile(parameters) {
      const { role, ...profile } = profileOf(parameters);
      const name = required(parameters, "RoleName");
      if (role !== name) throw noSuchEntity(`The role with name ${name} cannot be found.`);
      store.instanceProfiles.put(profile);
    },
    DeleteInstanceProfile(parameters) {
      const profile = profileOf(parameters);
      if (profile.role !== undefined) throw deleteConflict("must remove roles from instance profile first.");
      store.instanceProfiles.delete(profile.name);
    },
  };
}
