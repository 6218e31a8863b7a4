import type { CheckReport } from "../../../src/agent/check.ts";
import { answerQuestion } from "../../../src/agent/loop.ts";
import { resolveScope } from "../../../src/agent/scope.ts";
import { openModel } from "../../../src/models/open-model.ts";
import { createGate } from "../../../src/sanitize/gate.ts";
import { createSanitizer } from "../../../src/sanitize/sanitizer.ts";
import type { SourceDirectory } from "../../../src/sources/directory.ts";
import type { ScanBudget } from "../../../src/sources/scan-budget.ts";
import { createEvidence } from "../../../src/tools/evidence.ts";
import { toolsFor } from "../../../src/tools/toolbox.ts";
import { NOW, openToolFolder, ZONE } from "../../tools/tool-folder.ts";

export interface Analysis {
  /** As the check has left it: what it could not verify is marked. */
  readonly answer: string;
  readonly report: CheckReport;
  readonly tools: readonly string[];
}

/** Asks the offline analyst about a folder of log files that it writes. */
export async function analyse(files: Readonly<Record<string, string>>, question: string): Promise<Analysis> {
  await using folder = await openToolFolder(files);
  return await ask(folder.directory, question);
}

/** Asks the offline analyst, through the loop, the gate and the check. */
export async function ask(
  directory: SourceDirectory,
  question: string,
  more: { readonly scans?: ScanBudget } = {},
): Promise<Analysis> {
  const { signal } = new AbortController();
  const sanitizer = createSanitizer();
  const gate = createGate({ sanitizer, enabled: true });
  const model = await openModel({
    provider: "offline",
    modelId: "offline",
    apiKey: async () => "",
    baseUrl: undefined,
    maxOutputTokens: 4096,
    temperature: 0,
    gate,
    fetch,
  });
  const scope = await resolveScope({
    question,
    since: undefined,
    until: undefined,
    directory,
    now: NOW,
    zone: ZONE,
    signal,
  });
  const tools: string[] = [];
  let answered: Analysis | undefined;
  for await (const event of answerQuestion({
    question,
    scope,
    model,
    tools: toolsFor(directory.sources),
    directory,
    evidence: createEvidence(),
    sanitizer,
    zone: ZONE,
    now: () => NOW,
    clock: () => 0,
    budget: { rounds: 10, tokens: undefined, seconds: undefined, cost: undefined },
    signal,
    ...more,
  })) {
    if (event.type === "tool-start") tools.push(event.tool);
    if (event.type === "answer-checked") answered = { answer: event.answer, report: event.report, tools };
  }
  if (!answered) throw new Error("no answer");
  return answered;
}
