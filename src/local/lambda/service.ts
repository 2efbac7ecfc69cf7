/**
 * AWS Lambda on this machine: functions with the nodejs and provided runtimes, layers, permissions, tags, synchronous and
 * asynchronous invocation. State below `lambda/` of the state folder; what is not served stands in GAPS.md.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { probeSandbox, sandboxUnavailable } from "../sandbox/probe.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import {
  AwsError,
  type EventTarget,
  type FunctionCaller,
  type LocalService,
  type LocalSettings,
  type TaggedResources,
} from "../service.ts";
import { Deployer } from "./control/deployer.ts";
import { FunctionStore } from "./control/function-store.ts";
import { LayerStore } from "./control/layer-store.ts";
import { readTags } from "./control/validate.ts";
import { deliver } from "./destinations/deliver.ts";
import { retryRules } from "./destinations/event-invoke-config.ts";
import { Concurrency } from "./invoke/concurrency.ts";
import { Environment } from "./invoke/environment.ts";
import type { Invocation, Outcome } from "./invoke/invocation.ts";
import { endOrphans } from "./invoke/orphans.ts";
import { Pool } from "./invoke/pool.ts";
import { EventQueue } from "./invoke/queue.ts";
import type { FunctionRecord } from "./model.ts";
import { functionName, functionNotFound } from "./names.ts";
import { callOnBehalf } from "./on-behalf.ts";
import type { Context } from "./operations/context.ts";
import { route } from "./operations/routes.ts";
import { allowsService } from "./policy.ts";
import type { LambdaPorts } from "./ports.ts";
import { roleIdentity } from "./role.ts";
import { runtimeFiles } from "./runtime-files.ts";

export type LambdaService = LocalService & EventTarget & FunctionCaller & TaggedResources;

/** Loads the state, ends what a crashed server left running and takes up what it left undone. */
export async function createLambdaService(ports: LambdaPorts): Promise<LambdaService> {
  const { settings } = ports;
  const folder = (name: string): string => join(settings.dir, "lambda", name);
  await endOrphans(folder("environments"), settings.sandbox);
  rmSync(folder("uploads"), { recursive: true, force: true });
  mkdirSync(folder("uploads"), { recursive: true, mode: 0o700 });

  const layers = new LayerStore(folder("layers"), settings);
  await layers.sweep();
  const functions = new FunctionStore(folder("functions"));
  await functions.sweep();
  const files = runtimeFiles(folder("runtime"), settings.distDir);
  const limit = ports.concurrency ?? Math.max(4, 2 * cpus().length);

  const active = (name: string): FunctionRecord | undefined => {
    const record = functions.get(name);
    return record?.State === "Active" ? record : undefined;
  };
  // Probed when the first function is made or run; a server that only keeps files needs no sandbox.
  let sandbox: Sandbox | undefined;
  const requireSandbox = async (): Promise<void> => {
    if (sandbox) return;
    const probe = await probeSandbox(settings.sandbox);
    if (probe.ok) {
      sandbox = probe.sandbox;
      const { description, notLimited } = probe.sandbox;
      ports.log(`functions run in: ${description}${notLimited === undefined ? "" : `; ${notLimited}`}`);
    } else {
      const { message, hint } = sandboxUnavailable(probe);
      throw new AwsError(400, "SandboxUnavailable", `${message}\n${hint}`);
    }
  };

  const pool = new Pool({
    limit,
    current: active,
    launch: (record, invocation, events) => {
      const environment = new Environment(record, {
        ...events,
        settings,
        sandbox: sandbox!,
        logs: ports.logs,
        log: ports.log,
        credentials: ports.credentials.issue(roleIdentity(record)),
        folder: join(folder("environments"), randomUUID()),
        task: functions.task(record.FunctionName, record.deployment),
        opt: functions.opt(record.FunctionName, record.deployment),
        files,
      });
      return { environment, outcome: environment.start(invocation) };
    },
  });
  const concurrency = new Concurrency({
    reserved: (name) => functions.get(name)?.ReservedConcurrentExecutions,
    totalReserved: () => functions.totalReserved(),
  });
  const run = (name: string, invocation: Invocation): Promise<Outcome> =>
    concurrency.run(name, async () => {
      await requireSandbox();
      return pool.run(name, invocation);
    });
  const enqueue = async (arn: string, payload: Buffer): Promise<void> => {
    const name = nameIn(arn, settings);
    if (!functions.get(name)) throw functionNotFound(arn);
    await queue.add(name, payload);
  };
  const queue = new EventQueue({
    folder: folder("queue"),
    parallel: (name) => Math.min(limit, concurrency.limitOf(name)),
    run,
    rules: (name) => retryRules(functions.get(name), settings.behaviour),
    over: async (name, event) => {
      const record = functions.get(name);
      if (record) await deliver(record, event, { ...ports, invoke: enqueue });
    },
    state: (name) => (active(name) ? "ready" : functions.get(name) ? "pending" : "gone"),
  });
  const deployer = new Deployer({
    functions,
    layers,
    retire: (name) => pool.retire(name),
    ready: (name) => queue.pump(name),
  });
  const context: Context = {
    place: settings,
    ports,
    functions,
    layers,
    deployer,
    pool,
    queue,
    concurrency,
    run,
    requireSandbox,
    uploadPath: () => join(folder("uploads"), `${randomUUID()}.zip`),
  };
  deployer.resume();
  queue.resume();

  return {
    scopes: ["lambda"],
    errorStyle: "rest-json",
    async handle(request) {
      const { operation, args } = route(request);
      return operation(context, request, args);
    },
    async close() {
      queue.close();
      await Promise.all([deployer.close(), pool.close()]);
    },
    checkDestination(arn, sourceArn, sourceAccount) {
      const record = functions.get(nameIn(arn, settings));
      if (!record || !allowsService(record.Policy, "s3.amazonaws.com", sourceArn, sourceAccount)) {
        throw new AwsError(400, "InvalidArgument", "Unable to validate the following destination configurations", {
          ArgumentName1: arn,
          ArgumentValue1: record
            ? "Not authorized to invoke function"
            : "The destination Lambda function does not exist",
        });
      }
    },
    enqueue,
    call: (call) => callOnBehalf(context, call),
    listTagged: () =>
      functions
        .all()
        .map(({ FunctionArn, Tags }) => ({ arn: FunctionArn, resourceType: "lambda:function", tags: Tags })),
    async changeTags(arn, change) {
      const record = functions.get(nameIn(arn, settings));
      if (record?.FunctionArn !== arn) return false;
      await functions.save({ ...record, Tags: readTags(change(record.Tags)) });
      return true;
    },
  };
}

/** The function's name; text that is no function's ARN leads to no function. */
function nameIn(arn: string, settings: LocalSettings): string {
  try {
    return functionName(arn, settings);
  } catch {
    return "";
  }
}
