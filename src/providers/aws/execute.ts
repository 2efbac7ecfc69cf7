/** Carries out plans: the only way in which AWS is changed by init, update and rm. */
import { readFile } from "node:fs/promises";
import { ENV } from "../../fdl/contract.ts";
import { withRole } from "./await-role.ts";
import type { AwsClients } from "./clients.ts";
import { settleAll } from "./concurrency.ts";
import { configureEvents } from "./controllers/event-invoke.ts";
import { updateCode, updateConfiguration } from "./controllers/function-updates.ts";
import { awaitActive, createFunction, deleteFunction, markReady, tagFunction } from "./controllers/functions.ts";
import { ensureLayer } from "./controllers/layers.ts";
import { createLogGroup, deleteLogGroup, setRetention } from "./controllers/log-groups.ts";
import { allowBucket, removePermissions } from "./controllers/permissions.ts";
import { interrupted } from "./errors.ts";
import { carryOutApiStep } from "./execute-api.ts";
import { Made } from "./made.ts";
import { describe, type FunctionDefinition, layerKey, type Plan, type Step } from "./plan/steps.ts";

export interface ExecutionOptions {
  readonly clients: AwsClients;
  /** Checked between stages and while waiting; a write under way is never cut. */
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
}

/** A step that was carried out. */
export interface Done {
  readonly step: Step;
  /** AWS's answer; undefined where nothing had to be changed. */
  readonly response: object | undefined;
}

/** Carries out a plan, stage by stage, adding what is done to `journal` as it is done. Throws the first failure of a stage. */
export async function execute(plan: Plan, options: ExecutionOptions, journal: Done[]): Promise<void> {
  const made = new Made();
  for (const stage of plan) {
    if (options.signal.aborted) throw interrupted();
    await settleAll(
      stage.map(async (step) => {
        options.notice(`${describe(step)} …`);
        journal.push({ step, response: await carryOut(step, options, made) });
      }),
    );
  }
}

export async function carryOut(step: Step, options: ExecutionOptions, made: Made): Promise<object | undefined> {
  const { clients, signal } = options;
  switch (step.kind) {
    case "publish-layer": {
      const arn = await ensureLayer(await clients.lambda(), step.layer);
      made.layers.set(layerKey(step.layer), arn);
      return { LayerVersionArn: arn };
    }
    case "create-bucket":
    case "create-folder":
    case "upload-package":
    case "delete-package":
    case "change-notifications":
      return (await import("./execute-s3.ts")).carryOutBucketStep(step, options);
    case "create-function": {
      const definition = withApi(step.definition, made);
      const lambda = await clients.lambda();
      const zip = await directZip(definition);
      const create = () => createFunction(lambda, definition, made.layersOf(definition), zip);
      return withRole(definition.role, create, options);
    }
    case "resume-function":
      await updateCode(await clients.lambda(), step.definition, await directZip(step.definition), signal);
      return configure(step.definition, made, options);
    case "update-code":
      return updateCode(await clients.lambda(), step.definition, await directZip(step.definition), signal);
    case "update-configuration":
      return configure(step.definition, made, options);
    case "tag-function":
      await tagFunction(await clients.lambda(), step.functionArn, step.tags);
      return {};
    case "create-log-group":
      return createLogGroup(await clients.logs(), step.group);
    case "set-retention":
      await setRetention(await clients.logs(), step.group);
      return {};
    case "await-active":
      await awaitActive(await clients.lambda(), step.functionName, signal);
      return {};
    case "configure-events":
      return configureEvents(await clients.lambda(), step.functionName, step.config);
    case "allow-bucket":
      await allowBucket(await clients.lambda(), step);
      return {};
    case "forbid-bucket":
      await removePermissions(await clients.lambda(), step.functionName, step.statementIds);
      return {};
    case "create-api":
    case "deploy-api":
    case "allow-api":
    case "forbid-api":
    case "delete-api":
      return carryOutApiStep(step, options, made);
    case "mark-ready":
      await markReady(await clients.lambda(), step.functionArn);
      return {};
    case "delete-function":
      return deleteFunction(await clients.lambda(), step.functionName);
    case "delete-log-group":
      return deleteLogGroup(await clients.logs(), step.group);
  }
}

async function configure(given: FunctionDefinition, made: Made, options: ExecutionOptions): Promise<object> {
  const definition = withApi(given, made);
  const lambda = await options.clients.lambda();
  const update = () => updateConfiguration(lambda, definition, made.layersOf(definition), options.signal);
  return withRole(definition.role, update, options);
}

/** With the variable that names its API. */
function withApi(definition: FunctionDefinition, made: Made): FunctionDefinition {
  const { api, name, variables } = definition;
  if (api === undefined) return definition;
  return { ...definition, variables: { ...variables, [ENV.apiGatewayId]: made.apiId(name, api) } };
}

async function directZip({ code }: FunctionDefinition): Promise<Uint8Array | undefined> {
  return code.kind === "direct" ? await readFile(code.zip.path) : undefined;
}
