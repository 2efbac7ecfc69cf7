/**
 * Functions that run from an image, which the local AWS has none of: on the way to it, functions that are there as packages are shown as such until
 * they are deleted, and refuse a package as AWS does.
 */
import { decodeFdlVariable, encodeFdlVariable } from "../../src/fdl/contract.ts";

export interface Answer {
  readonly status: number;
  /** Raw: name and value in turns. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

const FUNCTION = /^(GET|PUT|DELETE) \/2015-03-31\/functions\/([^/]+)(\/code|\/configuration)?$/;

export class ImageFunctions {
  readonly #names: Set<string>;

  constructor(...names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** AWS's answer to what it does not do with an image; undefined: it is asked. @param call `PUT /path` */
  refusal(call: string): Answer | undefined {
    const [, method, name = "", part] = FUNCTION.exec(call) ?? [];
    if (method !== "PUT" || part !== "/code" || !this.#names.has(name)) return undefined;
    const body = '{"Message":"Please provide ImageUri when updating a function with packageType Image."}';
    const type = ["content-type", "application/json", "x-amzn-errortype", "InvalidParameterValueException"];
    return { status: 400, headers: type, body: Buffer.from(body) };
  }

  /** The answer as it would be. */
  shown(call: string, answer: Answer): Answer {
    const [, method, name = "", part] = FUNCTION.exec(call) ?? [];
    if (!this.#names.has(name) || answer.status >= 300) return answer;
    if (method === "DELETE") this.#names.delete(name);
    if (method !== "GET") return answer;
    const found = JSON.parse(answer.body.toString());
    const uri = `000000000000.dkr.ecr.us-east-1.amazonaws.com/${name}:latest`;
    const body =
      part === "/configuration"
        ? ofImage(found)
        : { ...found, Configuration: ofImage(found.Configuration), Code: { RepositoryType: "ECR", ImageUri: uri } };
    return { ...answer, body: Buffer.from(JSON.stringify(body)) };
  }
}

/** Its FDL says that the image is the user's own: there is no repository of scar's to care for. */
function ofImage({ Runtime: _, Handler: __, Layers: ___, ...found }: Record<string, unknown>): object {
  const { Variables = {} } = (found["Environment"] ?? {}) as { Variables?: Record<string, string> };
  const fdl = decodeFdlVariable(Variables["FDL"]);
  const container = { ...fdl?.container, create_image: false };
  const FDL = encodeFdlVariable({ ...fdl, runtime: "image", container } as never);
  return { ...found, PackageType: "Image", Environment: { Variables: { ...Variables, ...(fdl && { FDL }) } } };
}
