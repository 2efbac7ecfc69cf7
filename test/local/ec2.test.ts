import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { childrenOf, parseXml, textOf, type XmlNode } from "../../src/local/http/xml.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { send, sign } from "../helpers/local-signed.ts";

let local: TestLocal;
beforeAll(async () => {
  local = await startTestLocal();
});
afterAll(() => local.stop());

interface Ec2Answer {
  readonly status: number;
  readonly text: string;
  /** The answer's root. */
  readonly root: XmlNode;
}

/** One request in EC2's query protocol. (What awscli and boto3 send was compared with this by hand.) */
async function ec2(action: string, parameters: Record<string, string> = {}): Promise<Ec2Answer> {
  const body = new URLSearchParams({ Action: action, Version: "2016-11-15", ...parameters }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const raw = { port: local.server.port, method: "POST", path: "/", headers, body };
  const { status, text } = await send(sign(raw, { ...local.server, service: "ec2" }));
  return { status, text, root: parseXml(text, `${action}Response`) ?? parseXml(text, "Response")! };
}

const below = (node: XmlNode | undefined, ...names: string[]): XmlNode | undefined =>
  names.reduce<XmlNode | undefined>((at, name) => childrenOf(at, name)[0], node);
const errorOf = ({ status, root }: Ec2Answer) => [status, textOf(below(root, "Errors", "Error"), "Code")];

const DATA = {
  "LaunchTemplateData.InstanceType": "m5.large",
  "LaunchTemplateData.UserData": "IyEvYmluL3No",
  "LaunchTemplateData.BlockDeviceMapping.1.DeviceName": "/dev/xvda",
  "LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize": "30",
  "LaunchTemplateData.SecurityGroupId.1": "sg-1",
  "LaunchTemplateData.SecurityGroupId.2": "sg-2",
  "LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1": "sg-3",
  "LaunchTemplateData.TagSpecification.1.ResourceType": "instance",
  "LaunchTemplateData.TagSpecification.1.Tag.1.Key": "a",
  "LaunchTemplateData.TagSpecification.1.Tag.1.Value": "<1>",
};

async function create(name: string, more: Record<string, string> = {}): Promise<string> {
  const { root } = await ec2("CreateLaunchTemplate", { LaunchTemplateName: name, ...DATA, ...more });
  return textOf(below(root, "launchTemplate"), "launchTemplateId")!;
}

describe("launch templates", () => {
  it("are made and described with their tags", async () => {
    const id = await create("first", {
      "TagSpecification.1.ResourceType": "launch-template",
      "TagSpecification.1.Tag.1.Key": "owner",
      "TagSpecification.1.Tag.1.Value": "me",
    });
    expect(id).toMatch(/^lt-0[0-9a-f]{16}$/);
    const { root, text } = await ec2("DescribeLaunchTemplates", {
      "Filter.1.Name": "tag:owner",
      "Filter.1.Value.1": "m*",
    });
    const item = below(root, "launchTemplates", "item");
    expect(item).toMatchObject({ launchTemplateId: id, launchTemplateName: "first", latestVersionNumber: "1" });
    expect(below(item, "tagSet", "item")).toEqual({ key: "owner", value: "me" });
    expect(text).toContain('xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"');
    expect(textOf(root, "requestId")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("give back what they were made of, under EC2's names", async () => {
    const id = await create("data");
    const { root } = await ec2("DescribeLaunchTemplateVersions", { LaunchTemplateId: id });
    const data = below(root, "launchTemplateVersionSet", "item", "launchTemplateData");
    expect(data).toMatchObject({ instanceType: "m5.large", userData: "IyEvYmluL3No" });
    expect(below(data, "blockDeviceMappingSet", "item")).toEqual({
      deviceName: "/dev/xvda",
      ebs: { volumeSize: "30" },
    });
    expect(childrenOf(below(data, "securityGroupIdSet"), "item")).toEqual(["sg-1", "sg-2"]);
    expect(below(data, "networkInterfaceSet", "item", "groupSet")).toEqual({ groupId: "sg-3" });
    const tags = below(data, "tagSpecificationSet", "item");
    expect(tags).toMatchObject({ resourceType: "instance", tagSet: { item: { key: "a", value: "<1>" } } });
  });

  it("have versions, of which one is the default", async () => {
    const id = await create("versions");
    const version = await ec2("CreateLaunchTemplateVersion", {
      LaunchTemplateName: "versions",
      SourceVersion: "1",
      VersionDescription: "more memory",
      "LaunchTemplateData.InstanceType": "r5.large",
    });
    const made = below(version.root, "launchTemplateVersion");
    expect(made).toMatchObject({ versionNumber: "2", versionDescription: "more memory", defaultVersion: "false" });
    expect(below(made, "launchTemplateData")).toMatchObject({ instanceType: "r5.large", userData: "IyEvYmluL3No" });
    await ec2("ModifyLaunchTemplate", { LaunchTemplateId: id, SetDefaultVersion: "2" });
    const described = await ec2("DescribeLaunchTemplateVersions", {
      LaunchTemplateId: id,
      "LaunchTemplateVersion.1": "$Default",
    });
    expect(textOf(below(described.root, "launchTemplateVersionSet", "item"), "versionNumber")).toBe("2");

    const deleted = await ec2("DeleteLaunchTemplateVersions", {
      LaunchTemplateId: id,
      "LaunchTemplateVersion.1": "1",
      "LaunchTemplateVersion.2": "2",
      "LaunchTemplateVersion.3": "7",
    });
    const done = below(deleted.root, "successfullyDeletedLaunchTemplateVersionSet");
    expect(childrenOf(done, "item").map((item) => textOf(item, "versionNumber"))).toEqual(["1"]);
    const left = below(deleted.root, "unsuccessfullyDeletedLaunchTemplateVersionSet");
    expect(childrenOf(left, "item").map((item) => textOf(below(item, "responseError"), "code"))).toEqual([
      "unexpectedError",
      "launchTemplateVersionDoesNotExist",
    ]);
    const next = await ec2("CreateLaunchTemplateVersion", { LaunchTemplateId: id, ...DATA });
    expect(textOf(below(next.root, "launchTemplateVersion"), "versionNumber")).toBe("3");
  });

  it("come in pages, and outlive the server's death until they are deleted", async () => {
    const ids = [await create("page-a"), await create("page-b")];
    await local.restart("killed");
    const names = { "LaunchTemplateName.1": "page-a", "LaunchTemplateName.2": "page-b", MaxResults: "1" };
    const first = await ec2("DescribeLaunchTemplates", names);
    const second = await ec2("DescribeLaunchTemplates", { ...names, NextToken: textOf(first.root, "nextToken")! });
    const found = [first, second].map(({ root }) => textOf(below(root, "launchTemplates", "item"), "launchTemplateId"));
    expect(found).toEqual(ids);
    expect(textOf(second.root, "nextToken")).toBeUndefined();
    await ec2("DeleteLaunchTemplate", { LaunchTemplateName: "page-a" });
    expect(errorOf(await ec2("DescribeLaunchTemplates", { "LaunchTemplateId.1": ids[0]! }))).toEqual([
      400,
      "InvalidLaunchTemplateId.NotFound",
    ]);
  });

  it("are made once for a client's token", async () => {
    const id = await create("once", { ClientToken: "t" });
    expect(await create("once", { ClientToken: "t" })).toBe(id);
  });
});

it.each([
  [
    "CreateLaunchTemplate",
    { LaunchTemplateName: "taken", ...DATA },
    400,
    "InvalidLaunchTemplateName.AlreadyExistsException",
  ],
  ["CreateLaunchTemplate", { LaunchTemplateName: "a b", ...DATA }, 400, "InvalidLaunchTemplateName.MalformedException"],
  ["CreateLaunchTemplate", { LaunchTemplateName: "empty" }, 400, "MissingParameter"],
  ["CreateLaunchTemplate", { LaunchTemplateName: "dry", DryRun: "true", ...DATA }, 412, "DryRunOperation"],
  ["CreateLaunchTemplate", { LaunchTemplateName: "x.y", "a.__proto__.b": "1" }, 400, "UnknownParameter"],
  ["CreateLaunchTemplate", { [`LaunchTemplateData${".A".repeat(50_000)}`]: "1" }, 400, "UnknownParameter"],
  ["DeleteLaunchTemplate", { LaunchTemplateName: "none" }, 400, "InvalidLaunchTemplateName.NotFoundException"],
  ["DeleteLaunchTemplate", {}, 400, "MissingParameter"],
  ["DescribeLaunchTemplateVersions", { LaunchTemplateId: "x" }, 400, "InvalidLaunchTemplateId.Malformed"],
  ["RunInstances", { MinCount: "1" }, 501, "NotImplemented"],
])("%s of %j is refused", async (action, parameters, status, code) => {
  await create("taken");
  expect(errorOf(await ec2(action, parameters as unknown as Record<string, string>))).toEqual([status, code]);
});

it("a filter does not find what every object inherits", async () => {
  await create("tagless");
  const filter = { "Filter.1.Name": "tag:constructor", "Filter.1.Value.1": "*" };
  const { status, text } = await ec2("DescribeLaunchTemplates", filter);
  expect([status, text.includes("<item>")]).toEqual([200, false]);
});

it("a wrong key is refused in EC2's form", async () => {
  const raw = { port: local.server.port, method: "POST", path: "/", body: "Action=DescribeLaunchTemplates" };
  const signed = sign(raw, { accessKeyId: "AKIAWRONG", secretAccessKey: "x", service: "ec2" });
  const { status, text } = await send(signed);
  expect([status, textOf(below(parseXml(text, "Response"), "Errors", "Error"), "Code")]).toEqual([401, "AuthFailure"]);
});
