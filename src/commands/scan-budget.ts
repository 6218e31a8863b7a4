import type { App } from "../app.ts";
import { createScanBudget, type ScanBudget } from "../sources/scan-budget.ts";
import type { CommandContext } from "./command.ts";

/** What the billed scans of one command may come to: the settings' limit, which the user may go over when asked. */
export function scanBudgetOf(app: App, { shared, confirm }: CommandContext): ScanBudget {
  const { maxScanCost, maxCost = Number.POSITIVE_INFINITY } = app.loaded.settings.budget;
  if (shared.yes) return createScanBudget({ limit: maxScanCost, confirm: async () => true });
  return createScanBudget({ limit: Math.min(maxScanCost, maxCost), confirm });
}
