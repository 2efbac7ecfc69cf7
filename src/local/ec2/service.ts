/** EC2 on this machine: launch templates, which Batch's compute environments name. No machine is ever launched. */
import { readBody } from "../http/body.ts";
import { xmlDocument } from "../http/xml.ts";
import { AwsError, type LocalService, type LocalSettings, notServed } from "../service.ts";
import { wouldSucceed } from "./errors.ts";
import { OPERATIONS } from "./operations.ts";
import { parameterTree, text } from "./parameters.ts";
import { TemplateStore } from "./store.ts";

const NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/";
const MAX_BODY = 1024 * 1024;

export function createEc2Service({ dir }: Pick<LocalSettings, "dir">): LocalService {
  const store = new TemplateStore(dir);
  return {
    scopes: ["ec2"],
    errorStyle: "ec2-xml",
    async handle(request) {
      const form = new URLSearchParams((await readBody(request.body, MAX_BODY)).toString("utf8"));
      const parameters = parameterTree(new URLSearchParams([...withoutSignature(request.query), ...form]));
      const name = text(parameters, "Action") ?? "";
      const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
      if (!operation) {
        if (/^[A-Z][A-Za-z0-9]+$/.test(name)) throw notServed(name);
        throw new AwsError(400, "InvalidAction", `The action ${name} is not valid for this web service.`);
      }
      if (text(parameters, "DryRun") === "true") throw wouldSucceed();
      const result = operation(parameters, { store, identity: request.identity });
      return {
        status: 200,
        headers: { "content-type": "text/xml;charset=UTF-8" },
        body: xmlDocument(`${name}Response`, { requestId: request.requestId, ...result }, NAMESPACE),
      };
    },
    async close() {},
  };
}

function withoutSignature(query: URLSearchParams): [string, string][] {
  return [...query].filter(([name]) => !/^x-amz-/i.test(name));
}
