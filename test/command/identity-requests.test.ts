/** Who calls is asked once by a command about all of one's functions. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { deployOriginal, tracedFunctions } from "../helpers/original-deployment.ts";
import { Project } from "./init-project.ts";

const CHANNEL = "http.client.request.start";
const [darknet] = tracedFunctions("c03-darknet-s3", 0);

let local: TestLocal;
let project: Project;
let identities = 0;

/** Commands run in this process, and ask STS for nothing else. */
const count = (message: unknown): void => {
  const { request } = message as { readonly request: ClientRequest };
  if (String(request.getHeader("authorization")).includes("/sts/aws4_request")) identities++;
};

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  await deployOriginal(local, darknet!);
  subscribe(CHANNEL, count);
});
afterAll(async () => {
  unsubscribe(CHANNEL, count);
  await local.stop();
});

async function identitiesOf(...argv: readonly string[]): Promise<number> {
  identities = 0;
  await project.ok(...argv);
  return identities;
}

it("by update -a", async () => {
  expect(await identitiesOf("update", "-a")).toBe(1);
});

it("by rm -a, which finds functions, log groups and APIs of one's own and plans their removal", async () => {
  expect(await identitiesOf("rm", "-a", "--dry-run")).toBe(1);
  expect(await identitiesOf("rm", "-a", "--yes")).toBe(1);
});
