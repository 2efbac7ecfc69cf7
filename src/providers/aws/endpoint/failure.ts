/** What an endpoint's refusals and failures mean, and what to do about them. Pure. */
import { ScarError } from "../../../errors.ts";
import type { Answer } from "./answer.ts";

interface Called {
  readonly functionName: string;
  readonly apiId: string;
  /** Whether the request was signed. */
  readonly signed: boolean;
  /** `authorizationType` of the API's methods. */
  readonly authorization: string;
}

/** Undefined for an answer that is no failure. */
export function failureOf(called: Called, answer: Answer): ScarError | undefined {
  const { exception, requestId, response } = answer;
  if (response.status < 300) return undefined;
  if (exception !== undefined) {
    return new ScarError("FunctionFailed", `Function '${called.functionName}' failed: ${exception}`, {
      hint: `'scar log -n ${called.functionName} -ri ${requestId}' shows what it wrote`,
    });
  }
  const [code, message, hint] = ofStatus(called, answer);
  return new ScarError(code, message, hint === undefined ? {} : { hint });
}

/** Of API Gateway's own answers (AWS: "Gateway response types"), and of functions that are not scar's. */
function ofStatus(called: Called, answer: Answer): [code: string, message: string, hint?: string] {
  const { functionName, apiId } = called;
  const { status } = answer.response;
  const said = answer.message === undefined ? `${status}` : `${status}, '${answer.message}'`;
  const log = `'scar log -n ${functionName}'`;
  switch (status) {
    case 401:
    case 403:
      return [
        "Forbidden",
        `the API '${apiId}' of function '${functionName}' refuses the call (${said})`,
        wayIn(called, answer),
      ];
    case 413:
      return ["PayloadTooLarge", `the request is larger than API Gateway and Lambda take (${said})`];
    case 429:
      return [
        "TooManyRequests",
        `the API '${apiId}' takes no more calls at the moment (${said})`,
        "wait a moment and call it again",
      ];
    case 500:
      return [
        "EndpointFailed",
        `the API '${apiId}' could not call function '${functionName}' (${said})`,
        `it may lack the permission, or Lambda may be busy; ${log} tells whether the function ran`,
      ];
    case 502:
      return [
        "FunctionFailed",
        `Function '${functionName}' failed: it gave no answer that API Gateway understands (${said})`,
        `it crashed, or ran out of time or memory: ${log} tells`,
      ];
    case 504:
      return [
        "EndpointTimedOut",
        `Function '${functionName}' did not answer in the time that API Gateway waits, 29 s unless its quota was raised (${said})`,
        `it goes on running, ${log} shows what it writes; -a calls it without waiting`,
      ];
    default:
      return [
        "FunctionFailed",
        `Function '${functionName}' failed: its endpoint answered ${said}`,
        `${log} may tell why`,
      ];
  }
}

function wayIn({ authorization, signed }: Called, { message }: Answer): string {
  if (message === "Forbidden" && authorization === "NONE") {
    return "the API was not deployed to its stage, or a policy keeps you out";
  }
  if (signed) return "your identity needs the permission execute-api:Invoke for this API";
  return authorization === "NONE"
    ? "the API has no such route, or wants a signature: 'scar invoke' signs when it may read the API (apigateway:GET)"
    : `it wants authorization of the kind ${authorization}, which scar cannot give`;
}
