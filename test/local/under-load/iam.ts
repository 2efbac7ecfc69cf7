import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { LocalServer } from "../../../src/local/control.ts";
import { clientConfig } from "../../helpers/local-clients.ts";
import { ifThere, Ledger, untilGone, type Writer } from "./writer.ts";

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
});
const policy = (sid: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: { Sid: sid, Effect: "Allow", Action: "s3:*", Resource: "*" } });

/** Roles made, given a policy, changed and deleted. */
export class RoleWriter implements Writer {
  readonly name = "roles";
  readonly #roles = new Ledger();
  readonly #policies = new Ledger();
  #iam!: IAMClient;

  get acknowledged(): number {
    return this.#roles.acknowledged + this.#policies.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#iam = new IAMClient(clientConfig(server));
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const RoleName = `role-${n % 4}`;
      const inline = { RoleName, PolicyName: "inline" };
      if (this.#roles.held(RoleName) === undefined) {
        const role = { RoleName, AssumeRolePolicyDocument: TRUST };
        await this.#roles.change(RoleName, "there", () => this.#iam.send(new CreateRoleCommand(role)));
      }
      const PolicyDocument = policy(`S${Date.now()}`);
      const put = new PutRolePolicyCommand({ ...inline, PolicyDocument });
      await this.#policies.change(RoleName, PolicyDocument, () => this.#iam.send(put));
      if (n % 3 !== 0) return;
      await this.#policies.change(RoleName, undefined, () => this.#iam.send(new DeleteRolePolicyCommand(inline)));
      await this.#roles.change(RoleName, undefined, () => this.#iam.send(new DeleteRoleCommand({ RoleName })));
    });
  }

  async check(): Promise<void> {
    for (const RoleName of this.#roles.keys()) {
      const role = await ifThere(this.#iam.send(new GetRoleCommand({ RoleName })));
      this.#roles.settle(RoleName, role && "there");
      const request = new GetRolePolicyCommand({ RoleName, PolicyName: "inline" });
      const found = role && (await ifThere(this.#iam.send(request)));
      this.#policies.settle(RoleName, found && decodeURIComponent(found.PolicyDocument!));
    }
  }
}
