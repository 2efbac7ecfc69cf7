/** Commands about functions with HTTP endpoints that are killed (SIGKILL) at one of their AWS calls, and run again. */
import {
  type APIGatewayClient,
  GetDeploymentCommand,
  GetRestApisCommand,
  type RestApi,
} from "@aws-sdk/client-api-gateway";
import { GetFunctionCommand, GetPolicyCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Project } from "../command/init-project.ts";
import { apiGateway, deploymentsOf, resourcesOf } from "./apis.ts";
import { type CrashPlace, killedAt, shown, startStory, writeSources } from "./crash-command.ts";
import type { Cut } from "./killing-proxy.ts";
import { ROLE } from "./lambda.ts";
import type { TestLocal } from "./local.ts";
import { clientConfig } from "./local-clients.ts";

interface Round {
  readonly name: string;
  /** FDL files of the same function: with an API, with another kind of it, and without. */
  readonly api: string;
  readonly signed: string;
  readonly plain: string;
}

export class ApiCrashStory {
  readonly #local: TestLocal;
  readonly #project: Project;
  readonly #lambda: LambdaClient;
  readonly #apis: APIGatewayClient;
  #rounds = 0;
  /** What a function's name stands for after commands that nothing cut: with its API, and without. */
  #whole: unknown;
  #signed: unknown;
  #plain: unknown;

  private constructor(local: TestLocal, project: Project) {
    this.#local = local;
    this.#project = project;
    this.#lambda = new LambdaClient(clientConfig(local.server));
    this.#apis = apiGateway(local.server);
  }

  static start(): Promise<ApiCrashStory> {
    return startStory(async ({ local, project }) => {
      await writeSources(project, { "run.sh": "done" });
      const story = new ApiCrashStory(local, project);
      await story.#uncut();
      return story;
    });
  }

  async #uncut(): Promise<void> {
    const { name, api, signed, plain } = this.#round();
    await this.#project.ok("init", "-f", api);
    this.#whole = await this.#holds(name);
    await this.#project.ok("update", "-f", signed);
    this.#signed = await this.#holds(name);
    expect(this.#signed).not.toEqual(this.#whole);
    await this.#project.ok("update", "-f", plain);
    this.#plain = await this.#holds(name);
    await this.#project.ok("rm", "-f", api);
    expect(await this.#holds(name)).toEqual({ functions: [], apis: [] });
  }

  /** init is cut, and run again: one whole API; rm: none. @returns whether it came to that request, as all of these */
  async initIsCut(cut: Cut): Promise<boolean> {
    const { name, api } = this.#round();
    const killed = await killedAt(cut, ["init", "-f", api], this.#place);
    const { code, stderr } = await this.#project.scar(["init", "-f", api]);
    // Cut after its last write, it had done all.
    if (code !== 0) expect(stderr).toMatch(/Function '.*' already exists/);
    expect(await this.#holds(name), shown("init", cut)).toEqual(this.#whole);
    await this.#removed(name, "rm", cut);
    return killed;
  }

  async initIsCutAndRemoved(cut: Cut): Promise<boolean> {
    const { name, api } = this.#round();
    const killed = await killedAt(cut, ["init", "-f", api], this.#place);
    await this.#removed(name, "init", cut);
    return killed;
  }

  async rmIsCut(cut: Cut): Promise<boolean> {
    const { name, api } = this.#round();
    await this.#project.ok("init", "-f", api);
    const killed = await killedAt(cut, ["rm", "-n", name], this.#place);
    await this.#removed(name, "rm", cut);
    return killed;
  }

  updateThatAddsIsCut(cut: Cut): Promise<boolean> {
    return this.#updateIsCut(cut, "plain", "signed", this.#signed);
  }

  updateThatChangesIsCut(cut: Cut): Promise<boolean> {
    return this.#updateIsCut(cut, "api", "signed", this.#signed);
  }

  updateThatDeletesIsCut(cut: Cut): Promise<boolean> {
    return this.#updateIsCut(cut, "api", "plain", this.#plain);
  }

  async #updateIsCut(cut: Cut, from: "api" | "plain", to: "signed" | "plain", whole: unknown): Promise<boolean> {
    const round = this.#round();
    const what = `update from ${from} to ${to}`;
    await this.#project.ok("init", "-f", round[from]);
    const killed = await killedAt(cut, ["update", "-f", round[to]], this.#place);
    await this.#project.ok("update", "-f", round[to]);
    expect(await this.#holds(round.name), shown(what, cut)).toEqual(whole);
    await this.#removed(round.name, what, cut);
    return killed;
  }

  get #place(): CrashPlace {
    return { local: this.#local, project: this.#project };
  }

  stop(): Promise<void> {
    return this.#local.stop();
  }

  /** rm, whatever there is: then nothing is left. */
  async #removed(name: string, command: string, cut: Cut): Promise<void> {
    const { code, stderr } = await this.#project.scar(["rm", "-n", name]);
    if (code !== 0) expect(stderr).toContain("Unable to find the function");
    expect(await this.#holds(name), `${shown(command, cut)}, then rm`).toEqual({ functions: [], apis: [] });
  }

  #round(): Round {
    const name = `web${++this.#rounds}-`.padEnd(8, "x");
    const lambda = { name, memory: 256, container: { image_file: "image.tar" }, init_script: "run.sh" };
    const file = (kind: string, api_gateway: object | undefined): string => {
      const section = { lambda, iam: { role: ROLE }, ...(api_gateway && { api_gateway }) };
      this.#project.write(`${name}-${kind}.yaml`, JSON.stringify({ functions: { aws: [section] } }));
      return `${name}-${kind}.yaml`;
    };
    const signed = { name, method: { authorizationType: "AWS_IAM" }, binary_media_types: ["image/png"] };
    return { name, api: file("api", { name }), signed: file("signed", signed), plain: file("plain", undefined) };
  }

  /** Functions and APIs of the name, without what differs from one deployment to the next. */
  async #holds(name: string): Promise<unknown> {
    const { Functions = [] } = await this.#lambda.send(new ListFunctionsCommand({}));
    const named = Functions.filter(({ FunctionName }) => FunctionName === name);
    const { items = [] } = await this.#apis.send(new GetRestApisCommand({ limit: 500 }));
    const own = items.filter(({ tags }) => tags?.["scar:function"] === name);
    const held = {
      functions: await Promise.all(named.map(() => this.#function(name))),
      apis: await Promise.all(own.map((api) => this.#api(api))),
    };
    const text = own.reduce((said, { id }) => said.replaceAll(id!, "ID"), JSON.stringify(held));
    return JSON.parse(text.replaceAll(name, "NAME"));
  }

  async #function(FunctionName: string): Promise<object> {
    const { Configuration, Tags } = await this.#lambda.send(new GetFunctionCommand({ FunctionName }));
    const { FDL: _, ...variables } = Configuration?.Environment?.Variables ?? {};
    const { Policy = "{}" } = await this.#lambda
      .send(new GetPolicyCommand({ FunctionName }))
      .catch(() => ({ Policy: "{}" }));
    return { FunctionName, variables, tags: Tags, statements: JSON.parse(Policy).Statement ?? [] };
  }

  async #api({ id = "", name, tags, binaryMediaTypes = [] }: RestApi): Promise<object> {
    const resources = await resourcesOf(this.#apis, id);
    const methods = Object.entries(resources)
      .map(([path, { resourceMethods }]) => [path, withoutCache(resourceMethods)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const { deploymentId } = await deploymentsOf(this.#apis, id);
    const { description } = await this.#apis.send(new GetDeploymentCommand({ restApiId: id, deploymentId }));
    // The description has a sum of what was deployed, the function's name in it.
    return { name, tags, binaryMediaTypes, methods, isDeployed: /^scar sha256:/.test(description ?? "") };
  }
}

/** Ids of resources are AWS's; they are the default of the names of caches. */
function withoutCache(methods: object | undefined): unknown {
  return JSON.parse(JSON.stringify(methods ?? {}, (key, value) => (key === "cacheNamespace" ? undefined : value)));
}
