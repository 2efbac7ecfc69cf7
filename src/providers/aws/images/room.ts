/** Whether an image fits into a function's /tmp. */
import { ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { shownSize } from "../package/sizes.ts";
import { ephemeralStorageOf } from "../plan/definition.ts";

export interface ImageSize {
  readonly name: string;
  /** Bytes of its layers as they are stored: the least that /tmp has to take. */
  readonly compressed: number;
  /** Bytes that they come to, or are likely to come to, unpacked. */
  readonly unpacked: number;
}

/** Share of /tmp above which a size is told: input, output and what the command writes need room too. */
const COMFORTABLE = 0.8;

const RAISE = "raise lambda.ephemeral_storage, up to 10240 MB";

/**
 * The reason to refuse the image, ScarError `ImageTooLarge`; undefined when it may fit, with a notice where that is doubtful: what layers
 * come to unpacked is not known for sure, since later ones replace and remove what earlier ones hold.
 */
export function problemOfSize(
  spec: FunctionSpec,
  size: ImageSize,
  notice: (text: string) => void,
): ScarError | undefined {
  const megabytes = ephemeralStorageOf(spec);
  const room = megabytes * 1024 * 1024;
  const { name, compressed, unpacked } = size;
  if (compressed > room) {
    const message = `image ${name} is ${shownSize(compressed)} even compressed; unpacked it cannot fit into the function's /tmp of ${megabytes} MB`;
    return new ScarError("ImageTooLarge", message, { hint: `${RAISE}, or take a smaller image` });
  }
  if (unpacked > room * COMFORTABLE) {
    const told = `image ${name} (${shownSize(compressed)} compressed) may need about ${shownSize(unpacked)} of its /tmp of ${megabytes} MB`;
    notice(`function '${spec.lambda.name}': ${told}: if it does not fit, ${RAISE}`);
  }
  return undefined;
}
