/** One exchange with an endpoint, through a proxy where the environment names one. */
import { ScarError } from "../../../errors.ts";
import { Link, type LinkPatience } from "../../../registry/link.ts";
import { LinkError } from "../../../registry/link-error.ts";

export interface EndpointRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface EndpointResponse {
  readonly status: number;
  /** In small letters; one that came several times, joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Who waits for what: API Gateway ends a call after 29 s, or what its owner's quota says; a function ends after 900 s. */
const PATIENCE: LinkPatience = {
  connectMs: 15_000,
  answerMs: 960_000,
  stallMs: 60_000,
};

/** Bytes of an answer that are read: more than API Gateway (10 MB) and Lambda let through. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

/** Sends the request once. Throws ScarError `EndpointUnreachable`, `EndpointBroke` or `InvalidProxy`, or the signal's reason. */
export async function call(
  { url, ...request }: EndpointRequest,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<EndpointResponse> {
  const link = new Link(env, PATIENCE, signal);
  let answered = false;
  try {
    const { status, headers, body } = await link.exchange(url, request);
    answered = true;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of link.read(body)) {
      length += chunk.length;
      if (length > LARGEST_ANSWER) throw new LinkError("broken", `it answers with more than ${LARGEST_ANSWER} bytes`);
      chunks.push(chunk);
    }
    const flat = Object.entries(headers).map(([name, value = ""]) => [name, [value].flat().join(", ")]);
    return { status, headers: Object.fromEntries(flat), body: Buffer.concat(chunks) };
  } catch (error) {
    throw error instanceof LinkError ? failureOf(url, error, answered) : error;
  } finally {
    link.close();
  }
}

/** Troubles after which nobody knows whether the function runs. */
const PERHAPS_SENT: ReadonlySet<string> = new Set(["broken", "slow"]);

function failureOf(url: URL, error: LinkError, answered: boolean): ScarError {
  const hint =
    answered || PERHAPS_SENT.has(error.trouble)
      ? "the function may have run all the same: look at its log before you call it again"
      : "check the network and the region; does the API still exist?";
  const code = answered ? "EndpointBroke" : "EndpointUnreachable";
  return new ScarError(code, `no answer from the endpoint ${url.host}: ${error.message}`, { cause: error, hint });
}
