/** Whether an API hands bodies of this type over as bytes: named, or by a pattern with stars. */
export function isBinary(type: string, binaryMediaTypes: readonly string[]): boolean {
  const [family] = type.split("/");
  return [type, `${family}/*`, "*/*"].some((pattern) => binaryMediaTypes.includes(pattern));
}
