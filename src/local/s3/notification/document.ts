/** The notification configuration as an XML document, both ways. */
import { createHash } from "node:crypto";
import { childrenOf, parseXml, textOf, type XmlNode, xmlDocument } from "../../http/xml.ts";
import { invalidArgument, malformedXml } from "../errors.ts";
import { S3_NAMESPACE } from "../operation.ts";
import type { DestinationKind, FilterRule, NotificationConfiguration, NotificationRule } from "./model.ts";

/** Element of a rule and the element in it that holds the destination's ARN. */
const ELEMENTS: readonly (readonly [DestinationKind, string, string])[] = [
  ["topic", "TopicConfiguration", "Topic"],
  ["queue", "QueueConfiguration", "Queue"],
  ["lambda", "CloudFunctionConfiguration", "CloudFunction"],
];

/** Throws `MalformedXML`, `InvalidArgument`. */
export function parseNotification(text: string): NotificationConfiguration {
  const document = parseXml(text, "NotificationConfiguration");
  if (!document) throw malformedXml();
  const rules = ELEMENTS.flatMap(([kind, element, destination]) =>
    childrenOf(document, element).map((node) => parseRule(kind, node, destination)),
  );
  return { rules, eventBridge: childrenOf(document, "EventBridgeConfiguration").length > 0 };
}

function parseRule(kind: DestinationKind, node: XmlNode, destination: string): NotificationRule {
  const arn = textOf(node, destination);
  // `Event` may be repeated.
  const events = childrenOf(node, "Event").filter((event) => typeof event === "string");
  if (!arn || events.length === 0) throw malformedXml();
  const key = childrenOf(childrenOf(node, "Filter")[0], "S3Key")[0];
  const filter = childrenOf(key, "FilterRule").map(parseFilterRule);
  const id =
    textOf(node, "Id") ||
    createHash("sha256")
      .update(JSON.stringify([arn, events, filter]))
      .digest("base64url");
  return { id, kind, arn, events, filter };
}

function parseFilterRule(node: XmlNode): FilterRule {
  const name = textOf(node, "Name")?.toLowerCase();
  const value = textOf(node, "Value") ?? "";
  if (name !== "prefix" && name !== "suffix") {
    throw invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", name ?? "");
  }
  if (Buffer.byteLength(value) > 1024)
    throw invalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8");
  return { name, value };
}

export function notificationDocument(configuration: NotificationConfiguration | undefined): string {
  const content: Record<string, object | object[]> = {};
  for (const [kind, element, destination] of ELEMENTS) {
    content[element] = (configuration?.rules ?? [])
      .filter((rule) => rule.kind === kind)
      .map((rule) => ({
        Id: rule.id,
        [destination]: rule.arn,
        Event: rule.events,
        ...(rule.filter.length > 0 && {
          Filter: {
            S3Key: {
              FilterRule: rule.filter.map(({ name, value }) => ({
                Name: name === "prefix" ? "Prefix" : "Suffix",
                Value: value,
              })),
            },
          },
        }),
      }));
  }
  if (configuration?.eventBridge) content["EventBridgeConfiguration"] = {};
  return xmlDocument("NotificationConfiguration", content as never, S3_NAMESPACE);
}
