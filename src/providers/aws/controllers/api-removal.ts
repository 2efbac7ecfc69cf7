/** Deletes REST APIs, as seldom as AWS allows it. */
import {
  type APIGatewayClient,
  DeleteRestApiCommand,
  type DeleteRestApiCommandOutput,
} from "@aws-sdk/client-api-gateway";
import { isAwsError, isPassing } from "../errors.ts";
import { poll } from "../wait.ts";

/** AWS takes one DeleteRestApi in 30 s from an account (AWS: "Amazon API Gateway quotas"); others of the account may be deleting too. */
const DELETION = { first: 1_000, longest: 10_000, deadline: 300_000 };

/** Times that it is sent without an answer. */
const UNANSWERED = 4;

/** One after the other: those that wait do not get in each other's way. */
export class ApiRemovals {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Undefined when it was gone already. Throws what AWS last said when it is busy for minutes.
   * @param once retries nothing
   */
  delete(
    once: APIGatewayClient,
    id: string,
    { signal, notice }: { readonly signal: AbortSignal; readonly notice: (text: string) => void },
  ): Promise<DeleteRestApiCommandOutput | undefined> {
    this.#waiting++;
    const done = this.#last.then(async () => {
      try {
        return await deleteApi(once, id, signal, () => {
          const more = this.#waiting > 1 ? `, ${this.#waiting - 1} more after it` : "";
          notice(`AWS deletes one API in 30 seconds: waiting to delete API '${id}'${more} …`);
        });
      } finally {
        this.#waiting--;
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}

async function deleteApi(
  once: APIGatewayClient,
  restApiId: string,
  signal: AbortSignal,
  waits: () => void,
): Promise<DeleteRestApiCommandOutput | undefined> {
  let refusal: unknown;
  let unanswered = 0;
  const outcome = await poll(
    async () => {
      try {
        return { answer: await once.send(new DeleteRestApiCommand({ restApiId })) };
      } catch (error) {
        if (isAwsError(error, "NotFoundException")) return { answer: undefined };
        const again = isPassing(error) || (isAwsError(error, "EndpointUnreachable") && ++unanswered < UNANSWERED);
        if (!again) throw error;
        if (refusal === undefined && isAwsError(error, "TooManyRequestsException")) waits();
        refusal = error;
        return undefined;
      }
    },
    DELETION,
    signal,
  );
  if (outcome === undefined) throw refusal;
  return outcome.answer;
}
