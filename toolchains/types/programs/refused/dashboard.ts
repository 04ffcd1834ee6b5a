// After each `//!` stands a program that must not compile, and what the first line of the message says of it.
import { dashboard } from "inversify-scopes/dashboard";
import { report } from "inversify-scopes/metrics";
import { container } from "../services.js";

//! 'authorise' does not exist in type 'DashboardOptions'
dashboard(container, { authorise: () => true });
//! string' is not assignable to type '
dashboard(container, { authorize: () => "yes" });
//! Type 'number' is not assignable to type 'string'
dashboard(container, { title: 1 });
//! 'fact' does not exist in type 'ReportOptions'
report(container, { fact: true });
//! Cannot assign to 'waiting' because it is a read-only property
report(container).pools[0]!.waiting = 0;
