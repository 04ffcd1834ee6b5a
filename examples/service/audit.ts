import { inject, injectable } from "inversify";
import { currentContext } from "inversify-scopes";

import { CurrentUser } from "./current-user.js";
import { Db } from "./database.js";

/** Who did what, in the same transaction as the deed. */
@injectable()
export class Audit {
  constructor(
    @inject(Db) private readonly db: Db,
    @inject(CurrentUser) private readonly user: CurrentUser,
  ) {}

  async note(deed: string): Promise<void> {
    await this.db.query(
      "INSERT INTO audit (request, username, backend_pid, deed) VALUES ($1, $2, pg_backend_pid(), $3)",
      [currentContext()?.name, this.user.name, deed],
    );
  }
}
