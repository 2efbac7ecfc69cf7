import { HELP_GROUPS, type OptionSpec } from "./option.ts";
import { OPTION } from "./options.ts";
import { EXTRA, GLOBAL } from "./own-options.ts";

const IN_ORDER: readonly OptionSpec[] = [OPTION, EXTRA, GLOBAL].flatMap((table) => Object.values<OptionSpec>(table));

/** As the help shows them: by group, what one needs first, first. */
export function inHelpOrder(options: readonly OptionSpec[]): readonly OptionSpec[] {
  const place = (option: OptionSpec): number => IN_ORDER.indexOf(option);
  return HELP_GROUPS.flatMap((group) =>
    options.filter((option) => option.group === group).sort((a, b) => place(a) - place(b)),
  );
}
