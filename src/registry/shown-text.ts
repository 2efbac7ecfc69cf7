/** Characters of a registry's text that a message holds, where the text is no name of a host and no digest. */
const SHOWN_LIMIT = 60;

/**
 * What a server wrote, fit for a message: without characters that a terminal obeys (C0 and C1 controls, line separators) or that turn the
 * text around (Unicode's formatting characters), and cut after `limit` characters.
 */
export function shownText(text: string, limit = SHOWN_LIMIT): string {
  // Not all of a text of megabytes has to be looked at.
  const start = text.slice(0, limit * 10);
  const characters = [...start.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "")];
  const isWhole = characters.length <= limit && start.length === text.length;
  return isWhole ? characters.join("") : `${characters.slice(0, limit).join("")}…`;
}

/** The name of a server that another one named: DNS has no longer ones. */
export function shownHost(host: string): string {
  return shownText(host, 253);
}
