import { notSupportedYet } from "../../errors.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  async run() {
    throw notSupportedYet("scar get");
  },
};
