import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetLayerVersionByArnCommand,
  InvokeCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import type { LocalServer } from "../../../src/local/control.ts";
import { createNodeFunction, lambdaClient, ROLE, settled, zipOf } from "../../helpers/lambda.ts";
import { LIGHT_FUNCTION } from "../../helpers/light-function.ts";
import { s3Client } from "../../helpers/local-clients.ts";
import { ifThere, Ledger, untilGone, type Writer } from "./writer.ts";

/** Functions made, tagged, configured anew and deleted. */
export class FunctionWriter implements Writer {
  readonly name: string;
  readonly #descriptions = new Ledger();
  readonly #tags = new Ledger();
  #lambda!: LambdaClient;
  #zip!: Buffer;

  constructor(name: string) {
    this.name = name;
  }

  get acknowledged(): number {
    return this.#descriptions.acknowledged + this.#tags.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#lambda = lambdaClient(server);
    this.#zip = await zipOf({ "index.mjs": "export const handler = async () => 1;" });
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const FunctionName = `${this.name}-${n % 3}`;
      if (this.#descriptions.held(FunctionName) === undefined) {
        await this.#descriptions.change(FunctionName, "new", () => this.#create(FunctionName));
      }
      const FunctionArn = `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`;
      for (let i = 0; i < 5; i++) {
        const n = `${Date.now()} ${i}`;
        const tag = new TagResourceCommand({ Resource: FunctionArn, Tags: { n } });
        await this.#tags.change(FunctionName, n, () => this.#lambda.send(tag));
      }
      await settled(this.#lambda, FunctionName);
      const Description = `${Date.now()}`;
      const update = new UpdateFunctionConfigurationCommand({ FunctionName, Description });
      await this.#descriptions.change(FunctionName, Description, () => this.#lambda.send(update));
      if (n % 2 === 0) return;
      await this.#tags.change(FunctionName, undefined, () =>
        this.#descriptions.change(FunctionName, undefined, () =>
          this.#lambda.send(new DeleteFunctionCommand({ FunctionName })),
        ),
      );
    });
  }

  #create(FunctionName: string): Promise<unknown> {
    return this.#lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: ROLE,
        Description: "new",
        Code: { ZipFile: this.#zip },
      }),
    );
  }

  async check(): Promise<void> {
    for (const FunctionName of this.#descriptions.keys()) {
      const request = new GetFunctionCommand({ FunctionName });
      if (await ifThere(this.#lambda.send(request))) await settled(this.#lambda, FunctionName);
      const found = await ifThere(this.#lambda.send(request));
      this.#descriptions.settle(FunctionName, found?.Configuration?.Description);
      this.#tags.settle(FunctionName, found?.Tags?.["n"]);
      if (!found) continue;
      expect(found.Configuration).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
      const { Payload } = await this.#lambda.send(new InvokeCommand({ FunctionName }));
      expect(Buffer.from(Payload!).toString()).toBe("1");
    }
  }
}

/** Layer versions. */
export class LayerWriter implements Writer {
  readonly name = "layers";
  readonly #versions: string[] = [];
  #lambda!: LambdaClient;

  get acknowledged(): number {
    return this.#versions.length;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#lambda = lambdaClient(server);
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const Content = { ZipFile: await zipOf({ n: `${n}` }) };
      const published = await this.#lambda.send(new PublishLayerVersionCommand({ LayerName: "layer", Content }));
      // Never given twice.
      expect(this.#versions).not.toContain(published.LayerVersionArn);
      this.#versions.push(published.LayerVersionArn!);
    });
  }

  async check(): Promise<void> {
    for (const Arn of this.#versions) {
      const found = await this.#lambda.send(new GetLayerVersionByArnCommand({ Arn }));
      expect(found.LayerVersionArn).toBe(Arn);
    }
  }
}

/** Asynchronous invocations: the output of each one that was accepted is there. */
export class InvocationWriter implements Writer {
  readonly name = "invocations";
  readonly #accepted = new Set<string>();
  #lambda!: LambdaClient;
  #s3!: S3Client;

  get acknowledged(): number {
    return this.#accepted.size;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#lambda = lambdaClient(server);
    this.#s3 = s3Client(server);
    await this.#s3.send(new CreateBucketCommand({ Bucket: this.name }));
    await createNodeFunction(this.#lambda, this.name, LIGHT_FUNCTION);
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (i) => {
      const key = `${Date.now()}-${i}`;
      const Payload = JSON.stringify({ bucket: this.name, key, text: key });
      const request = { FunctionName: this.name, InvocationType: "Event" as const, Payload };
      await this.#lambda.send(new InvokeCommand(request));
      this.#accepted.add(key);
      // The functions of the others run on the same processors.
      await sleep(5);
    });
  }

  async check(): Promise<void> {
    // Bounded by the test's own limit.
    for (const missing = new Set(this.#accepted); missing.size > 0; await sleep(50)) {
      const pages = paginateListObjectsV2({ client: this.#s3 }, { Bucket: this.name });
      for await (const { Contents = [] } of pages) for (const { Key } of Contents) missing.delete(Key!);
    }
  }
}
