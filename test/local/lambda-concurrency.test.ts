import { Agent } from "node:http";
import {
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { begun, call, createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { send, sign } from "../helpers/local-signed.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

const SLEEPING =
  "export const handler = async (e) => { await new Promise((d) => setTimeout(d, e.ms ?? 0)); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };";

const reserve = (FunctionName: string, ReservedConcurrentExecutions: number) =>
  lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));

describe("reserved concurrency", () => {
  it("throttles what exceeds it, with AWS's reason and Retry-After, and nothing else", async () => {
    await createNodeFunction(lambda, "narrow", SLEEPING, { Timeout: 20 });
    await createNodeFunction(lambda, "free", SLEEPING);
    expect(await reserve("narrow", 1)).toMatchObject({ ReservedConcurrentExecutions: 1 });
    const busy = call(lambda, "narrow", { ms: 3000 });
    await begun(local.server, "narrow", 1);
    await expect(call(lambda, "narrow")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      message: "Rate Exceeded.",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      Type: "User",
      retryAfterSeconds: "1",
      $metadata: { httpStatusCode: 429 },
    });
    expect((await call(lambda, "free")).error).toBeUndefined();
    expect((await busy).error).toBeUndefined();
    expect((await call(lambda, "narrow")).error).toBeUndefined();
  });

  it("of zero switches a function off, until it is deleted", async () => {
    await createNodeFunction(lambda, "off", SLEEPING);
    await reserve("off", 0);
    await expect(call(lambda, "off")).rejects.toMatchObject({
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    expect(await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: "off" }))).toMatchObject({
      ReservedConcurrentExecutions: 0,
    });
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "off" }));
    const none = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: "off" }));
    expect(none.ReservedConcurrentExecutions).toBeUndefined();
    expect((await call(lambda, "off")).error).toBeUndefined();
  });

  it("lets a function scale to as many environments, within what the machine bears", async () => {
    await createNodeFunction(lambda, "wide", SLEEPING, { Timeout: 20 });
    await reserve("wide", 3);
    const three = [1, 2, 3].map(() => call(lambda, "wide", { ms: 4000 }));
    await begun(local.server, "wide", 3);
    await expect(call(lambda, "wide")).rejects.toMatchObject({ name: "TooManyRequestsException" });
    const streams = (await Promise.all(three)).map(({ value }) => value);
    expect(new Set(streams).size).toBe(3);
  });

  it("leaves 100 to the functions without it", async () => {
    await createNodeFunction(lambda, "greedy", SLEEPING);
    const settings = async () => {
      const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
      return [AccountLimit!.ConcurrentExecutions, AccountLimit!.UnreservedConcurrentExecutions];
    };
    const [all, free] = await settings();
    expect(all).toBe(1000);
    await expect(reserve("greedy", free! - 99)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining("below its minimum value of [100]"),
    });
    await reserve("greedy", free! - 100);
    expect(await settings()).toEqual([1000, 100]);
    // What it has already does not count twice.
    await reserve("greedy", free! - 100);
    const { Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName: "greedy" }));
    expect(Concurrency).toEqual({ ReservedConcurrentExecutions: free! - 100 });
    await local.restart("killed");
    expect(await settings()).toEqual([1000, 100]);
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "greedy" }));
    expect(await settings()).toEqual([1000, free]);
  });
});

describe("the account's limit", () => {
  it("is shared by the functions without a reservation", async () => {
    await createNodeFunction(lambda, "holder", SLEEPING);
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    await reserve("holder", AccountLimit!.UnreservedConcurrentExecutions! - 100);
    await createNodeFunction(lambda, "crowd", SLEEPING, { Timeout: 20 });
    const agent = new Agent();
    const path = "/2015-03-31/functions/crowd/invocations";
    const crowd = Array.from({ length: 110 }, () => {
      const raw = { port: local.server.port, method: "POST", path, body: '{"ms":3000}', agent };
      return send(sign(raw, { ...local.server, service: "lambda" }));
    });
    const answers = Promise.allSettled(crowd);
    const throttled = await Promise.race(
      crowd.map(async (one) => {
        const { status, headers, text } = await one;
        return status === 429
          ? { type: headers["x-amzn-errortype"], ...JSON.parse(text) }
          : new Promise<never>(() => {});
      }),
    );
    expect(throttled).toMatchObject({
      type: "TooManyRequestsException",
      Reason: "ConcurrentInvocationLimitExceeded",
      message: "Rate Exceeded.",
    });
    // What is reserved is kept.
    expect((await call(lambdaClient(local.server), "holder")).error).toBeUndefined();
    // Nobody waits any more for those that have not begun.
    agent.destroy();
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "crowd" }));
    const statuses = (await answers).flatMap((one) => (one.status === "fulfilled" ? [one.value.status] : []));
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  });
});
