/** The codes of an error as the distribution API writes it: `{ "errors": [{ "code": "MANIFEST_UNKNOWN", … }] }`; none of anything else. */
export function errorCodes(text: string): string[] {
  try {
    const { errors } = Object(JSON.parse(text)) as { readonly errors?: unknown };
    if (!Array.isArray(errors)) return [];
    return errors
      .map((error) => Object(error)["code"] as unknown)
      .filter((code): code is string => typeof code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(code));
  } catch {
    return [];
  }
}
