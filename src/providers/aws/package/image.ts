/** The image of `container.image_file`, laid out as udocker's repository inside the package. */
import { ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import type { ImageSize } from "../images/room.ts";
import { architecturesOf, OCI_ARCHITECTURE } from "../plan/definition.ts";

/** Bytes of the layers, and `name`: the reference under which the package holds the image. */
export type PackedImage = ImageSize;

/**
 * Packs the image archive at `path` into `folder`. Throws `WrongArchitecture` when Lambda could not run it, and what the archive's
 * reader throws.
 */
export async function packImageFile(spec: FunctionSpec, path: string, folder: string): Promise<PackedImage> {
  const { openImageArchive, packImage } = await import("../../../container/packed.ts");
  const image = await openImageArchive(path, { architecture: OCI_ARCHITECTURE[architecturesOf(spec)[0]!] });
  try {
    requireArchitecture(spec, path, image.config.architecture);
    const reference = spec.lambda.container.image ?? image.tag ?? `${spec.lambda.name.toLowerCase()}:latest`;
    return { name: reference, ...(await packImage(image, reference, folder)) };
  } finally {
    await image.close();
  }
}

function requireArchitecture(spec: FunctionSpec, path: string, found: string): void {
  const wanted = architecturesOf(spec)[0]!;
  if (OCI_ARCHITECTURE[wanted] === found) return;
  throw new ScarError(
    "WrongArchitecture",
    `image file '${path}' is for ${found}, function '${spec.lambda.name}' runs on ${OCI_ARCHITECTURE[wanted]}`,
    {
      hint:
        found === "arm64" || found === "amd64"
          ? `save the image for ${OCI_ARCHITECTURE[wanted]}, or set lambda.architectures: [${found === "amd64" ? "x86_64" : found}]`
          : "Lambda runs images for amd64 and arm64",
    },
  );
}
