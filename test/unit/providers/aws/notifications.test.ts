import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeNotifications, overlaps, sameNotifications } from "../../../../src/providers/aws/plan/notifications.ts";
import { arnOf } from "./memory-remote.ts";

const destination = (arn: fc.Arbitrary<string>) =>
  fc.record({
    arn,
    prefix: fc.constantFrom("", "in/", "in/a/", "out/"),
    event: fc.constantFrom(
      "s3:ObjectCreated:*" as const,
      "s3:ObjectCreated:Put" as const,
      "s3:ObjectRemoved:*" as const,
    ),
  });
const filter = (prefix: string) => ({ Filter: { Key: { FilterRules: [{ Name: "prefix" as const, Value: prefix }] } } });
const functions = fc.constantFrom(...["a", "b", "c"].map(arnOf));

const configuration: fc.Arbitrary<NotificationConfiguration> = fc
  .record({
    lambdas: fc.array(destination(functions)),
    queues: fc.array(destination(fc.constant("arn:aws:sqs:eu-south-2:123456789012:q"))),
    bridge: fc.boolean(),
  })
  .map(({ lambdas, queues, bridge }) => ({
    LambdaFunctionConfigurations: lambdas.map(({ arn, prefix, event }, i) => ({
      Id: String(i),
      LambdaFunctionArn: arn,
      Events: [event],
      ...filter(prefix),
    })),
    QueueConfigurations: queues.map(({ arn, prefix, event }) => ({
      QueueArn: arn,
      Events: [event],
      ...filter(prefix),
    })),
    ...(bridge ? { EventBridgeConfiguration: {} } : {}),
  }));

const change = fc.record({
  bucket: fc.constant("photos"),
  functionArns: fc.uniqueArray(functions, { minLength: 1 }),
  triggers: fc.array(
    fc.record({
      functionArn: functions,
      prefix: fc.constantFrom("", "in/", "x/"),
      suffix: fc.constantFrom("", ".png"),
    }),
  ),
});

describe("mergeNotifications", () => {
  it("encodes filters as S3 compares them with keys", () => {
    const trigger = { functionArn: arnOf("a"), prefix: "in put/año=1/", suffix: "+(1).png" };
    const merged = mergeNotifications({}, { bucket: "photos", functionArns: [arnOf("a")], triggers: [trigger] });
    expect(merged.LambdaFunctionConfigurations?.[0]?.Filter?.Key?.FilterRules).toEqual([
      { Name: "prefix", Value: "in+put/a%C3%B1o%3D1/" },
      { Name: "suffix", Value: "%2B(1).png" },
    ]);
  });

  it("keeps everything that belongs to others, and nothing old of ours", () => {
    fc.assert(
      fc.property(configuration, change, (present, wanted) => {
        const merged = mergeNotifications(present, wanted);
        const others = present.LambdaFunctionConfigurations!.filter(
          (c) => !wanted.functionArns.includes(c.LambdaFunctionArn!),
        );
        const lambdas = merged.LambdaFunctionConfigurations ?? [];
        expect(lambdas.slice(0, others.length)).toEqual(others);
        expect(lambdas).toHaveLength(others.length + wanted.triggers.length);
        expect(merged.QueueConfigurations).toEqual(present.QueueConfigurations);
        expect(merged.EventBridgeConfiguration).toEqual(present.EventBridgeConfiguration);
      }),
    );
  });

  it("changes nothing the second time", () => {
    const own = change.map((c) => ({
      ...c,
      triggers: c.triggers.filter((t) => c.functionArns.includes(t.functionArn)),
    }));
    fc.assert(
      fc.property(configuration, own, (present, wanted) => {
        const once = mergeNotifications(present, wanted);
        expect(sameNotifications(once, mergeNotifications(once, wanted))).toBe(true);
      }),
    );
  });

  it("names no list that has become empty: S3 refuses those", () => {
    const present = {
      LambdaFunctionConfigurations: [{ LambdaFunctionArn: arnOf("a"), Events: ["s3:ObjectCreated:*" as const] }],
    };
    expect(mergeNotifications(present, { bucket: "b", functionArns: [arnOf("a")], triggers: [] })).toEqual({});
  });
});

describe("overlaps", () => {
  const lambda = (prefix: string, suffix = "", event = "s3:ObjectCreated:*") => ({
    LambdaFunctionArn: arnOf(prefix || "all"),
    Events: [event as "s3:ObjectCreated:*"],
    Filter: {
      Key: {
        FilterRules: [
          { Name: "prefix" as const, Value: prefix },
          { Name: "suffix" as const, Value: suffix },
        ],
      },
    },
  });
  const count = (...lambdas: ReturnType<typeof lambda>[]) => overlaps({ LambdaFunctionConfigurations: lambdas }).length;

  it.each([
    ["the same folder", lambda("in/"), lambda("in/"), 1],
    ["a folder and one below", lambda("in/"), lambda("in/a/"), 1],
    ["the whole bucket and a folder", lambda(""), lambda("in/"), 1],
    ["a folder and one that only begins alike", lambda("in/"), lambda("inner/"), 0],
    ["other suffixes", lambda("in/", ".png"), lambda("in/", ".jpg"), 0],
    ["one suffix inside the other", lambda("in/", ".gz"), lambda("in/", ".tar.gz"), 1],
    ["a wide and a narrow event", lambda("in/"), lambda("in/", "", "s3:ObjectCreated:Put"), 1],
    ["other events", lambda("in/"), lambda("in/", "", "s3:ObjectRemoved:Delete"), 0],
  ])("%s", (_, a, b, expected) => {
    expect(count(a, b)).toBe(expected);
    expect(count(b, a)).toBe(expected);
  });
});
