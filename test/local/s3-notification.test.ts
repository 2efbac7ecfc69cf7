import {
  CreateBucketCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventKey } from "../../src/local/s3/notification/event-key.ts";
import { type EventName, matchingRules, type NotificationRule } from "../../src/local/s3/notification/model.ts";
import { eventRecord } from "../../src/local/s3/notification/record.ts";
import { overlap } from "../../src/local/s3/notification/validate.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

describe("configuration", () => {
  let local: TestLocal;
  let s3: S3Client;
  const Bucket = "notifying";

  beforeAll(async () => {
    local = await startTestLocal();
    s3 = s3Client(local.server);
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(() => local.stop());

  const put = (configuration: NotificationConfiguration, SkipDestinationValidation = false) =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: configuration,
        SkipDestinationValidation,
      }),
    );
  const queue = (Id: string, Events: string[], rules: Record<string, string> = {}) => ({
    Id,
    QueueArn: "arn:aws:sqs:us-east-1:000000000000:q",
    Events: Events as Event[],
    Filter: { Key: { FilterRules: Object.entries(rules).map(([Name, Value]) => ({ Name, Value })) as never } },
  });

  it("is empty at first, and kept as it was put, other destinations too", async () => {
    const { $metadata: _, ...none } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(none).toEqual({});
    const configuration: NotificationConfiguration = {
      QueueConfigurations: [
        queue("q", ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"], { Prefix: "a & b/", Suffix: ".png" }),
      ],
      TopicConfigurations: [
        { Id: "t", TopicArn: "arn:aws:sns:us-east-1:000000000000:t", Events: ["s3:ObjectCreated:Copy"] },
      ],
      EventBridgeConfiguration: {},
    };
    await put(configuration, true);
    expect(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).toMatchObject(configuration);
    await put({});
    expect(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).not.toHaveProperty(
      "QueueConfigurations",
    );
  });

  it("with destinations that S3 may not reach is refused, all of them named", async () => {
    const LambdaFunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:none";
    const QueueArn = "arn:aws:sqs:us-east-1:000000000000:q";
    await expect(
      put({
        LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ["s3:ObjectCreated:*"] }],
        QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectRemoved:*"] }],
      }),
    ).rejects.toMatchObject({
      name: "InvalidArgument",
      message: "Unable to validate the following destination configurations",
      ArgumentName1: QueueArn,
      ArgumentValue1: "The destination queue does not exist",
      ArgumentName2: `${LambdaFunctionArn}, null`,
      ArgumentValue2: `Not authorized to invoke function [${LambdaFunctionArn}]`,
    });
  });

  it("with what is no ARN of a queue is refused, even without validation", () =>
    expect(
      put(
        { QueueConfigurations: [{ QueueArn: "arn:aws:sns:us-east-1:000000000000:t", Events: ["s3:ObjectCreated:*"] }] },
        true,
      ),
    ).rejects.toMatchObject({
      name: "InvalidArgument",
      message: "The ARN could not be parsed",
      ArgumentName: "Queue",
    }));

  it.each<[string, ReturnType<typeof queue>[], string]>([
    [
      "two rules for the same keys",
      [queue("1", ["s3:ObjectCreated:*"]), queue("2", ["s3:ObjectCreated:Put"])],
      "overlapping",
    ],
    ["an unknown event", [queue("1", ["s3:ObjectCreated:Nothing"])], "not supported"],
    ["an unknown filter", [queue("1", ["s3:ObjectCreated:*"], { Middle: "x" })], "prefix or suffix"],
    ["the same id twice", [queue("1", ["s3:ObjectCreated:*"]), queue("1", ["s3:ObjectRemoved:*"])], "Same ID"],
  ])("with %s is refused", (_, QueueConfigurations, message) =>
    expect(put({ QueueConfigurations })).rejects.toMatchObject({
      name: "InvalidArgument",
      message: expect.stringContaining(message),
    }),
  );
});

const rule = (events: string[], prefix = "", suffix = ""): NotificationRule => ({
  id: "id",
  kind: "lambda",
  arn: "arn",
  events,
  filter: [
    { name: "prefix", value: prefix },
    { name: "suffix", value: suffix },
  ],
});

describe("overlap", () => {
  const part = fc.constantFrom("", "a", "ab", "b", "in/", ".png");
  const event = fc.constantFrom<string>("s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*");

  it("is refused whenever some key and event would fire both rules", () => {
    fc.assert(
      fc.property(event, part, part, event, part, part, (e1, p1, s1, e2, p2, s2) => {
        const [a, b] = [rule([e1], p1, s1), rule([e2], p2, s2)];
        // The longest prefix and suffix: this key fires whatever can be fired together.
        const key = `${p1.length > p2.length ? p1 : p2}x${s1.length > s2.length ? s1 : s2}`;
        const both = (["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRemoved:Delete"] as EventName[]).some(
          (name) => matchingRules({ rules: [a, b], eventBridge: false }, name, key).length === 2,
        );
        expect(overlap(a, b)).toBe(both);
      }),
    );
  });
});

describe("a filter", () => {
  const fires = (key: string, prefix: string, suffix = "") =>
    matchingRules(
      { rules: [rule(["s3:ObjectCreated:*"], prefix, suffix)], eventBridge: false },
      "ObjectCreated:Put",
      key,
    ).length === 1;

  it("is compared with the key as events write it, as on AWS", () => {
    expect(fires("year=2026/a", "year%3D2026/")).toBe(true);
    expect(fires("year=2026/a", "year%3d2026/")).toBe(true);
    expect(fires("year=2026/a", "year=2026/")).toBe(false);
    expect(fires("in put/a", "in+put/")).toBe(true);
    expect(fires("in put/a", "in put/")).toBe(false);
    expect(fires("in/a+ü.png", "in/", "%2B%C3%BC.png")).toBe(true);
  });

  it("may hold the signs that S3 calls safe as they are, or encoded", () => {
    for (const prefix of ["(a)'!*-_./", "%28a%29%27%21%2A-_./"]) expect(fires("(a)'!*-_./b", prefix)).toBe(true);
  });
});

describe("event record", () => {
  const facts = {
    rule: { id: "my-rule" },
    event: "ObjectCreated:Put" as const,
    key: "in/a b+ü.png",
    object: { parts: [], size: 3, etag: "900150983cd24fb0d6963f7d28e17f72", modified: 0, headers: {} },
    bucket: { name: "b", region: "eu-west-1" },
    ownerId: "000000000000",
    requester: { accountId: "000000000000", arn: "arn", userId: "AIDAX", userName: "local" },
    requestId: "r-1",
    sequencer: "0055AED6DCD90281E5",
    time: Date.UTC(2026, 10, 21, 12),
  };

  it("has the shape of AWS's version 2.1", () => {
    expect(eventRecord(facts)).toEqual({
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "eu-west-1",
      eventTime: "2026-11-21T12:00:00.000Z",
      eventName: "ObjectCreated:Put",
      userIdentity: { principalId: "AWS:AIDAX" },
      requestParameters: { sourceIPAddress: "127.0.0.1" },
      responseElements: { "x-amz-request-id": "r-1", "x-amz-id-2": expect.any(String) },
      s3: {
        s3SchemaVersion: "1.0",
        configurationId: "my-rule",
        bucket: { name: "b", ownerIdentity: { principalId: "000000000000" }, arn: "arn:aws:s3:::b" },
        object: {
          key: "in/a+b%2B%C3%BC.png",
          size: 3,
          eTag: "900150983cd24fb0d6963f7d28e17f72",
          sequencer: "0055AED6DCD90281E5",
        },
      },
    });
  });

  it("of a removal says nothing of the content", () => {
    const record = eventRecord({ ...facts, event: "ObjectRemoved:Delete", object: undefined }) as {
      s3: { object: object };
    };
    expect(Object.keys(record.s3.object)).toEqual(["key", "sequencer"]);
  });

  it.each(["ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put"] as const)(
    "of %s is of version 2.3, with neither size nor sequencer",
    (event) => {
      expect(eventRecord({ ...facts, event })).toMatchObject({ eventVersion: "2.3", eventName: event });
      const record = eventRecord({ ...facts, event }) as { s3: { object: object } };
      expect(record.s3.object).toEqual({ key: "in/a+b%2B%C3%BC.png", eTag: "900150983cd24fb0d6963f7d28e17f72" });
    },
  );

  it("holds any key so that form decoding gives it back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (key) => {
        const encoded = eventKey(key);
        expect(decodeURIComponent(encoded.replaceAll("+", " "))).toBe(key);
        expect(encoded).toMatch(/^[A-Za-z0-9\-._~/+%]*$/);
      }),
    );
  });
});
