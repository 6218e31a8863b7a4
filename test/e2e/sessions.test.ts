import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { allTextOf } from "../sessions/investigation.ts";
import { startModelServer, streamAnswer, streamCall } from "./model-server.ts";
import { builtProgram, makeFolder, type Ran, type RunOptions, run } from "./program.ts";
import { writeShopLogs } from "./shop-logs.ts";

const home = makeFolder();
const logs = join(home, "logs");
const file = join(home, ".logai/sessions.db");
const KEY = "sk-ant-test-0123456789abcdef";

const logai = (args: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
  run(args, { home, ...options });
const ask = (...args: readonly string[]) => logai(["ask", ...args]);
const list = async (): Promise<{ id: string; question: string; questions: number; place: unknown }[]> => {
  const { stdout } = await logai(["sessions", "--json"]);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};
const show = async (id: string) => JSON.parse((await logai(["sessions", "show", id, "--json"])).stdout);
const sessionIn = ({ stderr }: Ran): string => /Session (\w{6}): go on/.exec(stderr)?.[1] ?? "";

/** A model whose turns are given one after the other. */
async function withModel<T>(
  turns: readonly ((response: ServerResponse) => void)[],
  work: (env: Record<string, string>, bodies: string[]) => Promise<T>,
): Promise<T> {
  const left = [...turns];
  const server = await startModelServer((response) => left.shift()?.(response));
  try {
    return await work({ ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: server.url }, server.bodies);
  } finally {
    await server.close();
  }
}
const says = (text: string) => (response: ServerResponse) => streamAnswer(response, text, { ends: true });
const calls = (name: string, input: unknown) => (response: ServerResponse) =>
  streamCall(response, name, input);
const FETCH = calls("fetch_logs", { log_group: "api.log", start_time: "2026-03-12T01:00:00Z" });

beforeAll(async () => {
  await builtProgram();
}, 60_000);
beforeEach(() => {
  rmSync(join(home, ".logai"), { recursive: true, force: true });
  writeShopLogs(logs);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("a question", () => {
  test("is kept, listed and shown", async () => {
    const asked = await ask("what is wrong?", "logs");
    const id = sessionIn(asked);
    expect(id).toMatch(/^[2-9a-z]{6}$/);
    expect(asked.stderr).toContain(`Session ${id}: go on with logai ask -c "..."`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const listed = await logai(["sessions"]);
    expect(listed.stdout).toMatch(new RegExp(`^${id}  20\\d\\d-.* UTC  what is wrong\\?`, "m"));
    expect(listed.stdout).toContain("offline-analyst");
    const shown = await logai(["sessions", "show", id.slice(0, 3)]);
    expect(shown.stdout).toContain("1. what is wrong?");
    expect(shown.stdout).toMatch(/\[q2\] fetch_logs api\.log: 120 matched/);
    expect(shown.stdout).toContain("12 errors");
    expect(shown.stdout).toMatch(/Looked at: .*api\.log/);
    expect(shown.stdout).toContain("all verified");
    const answer = /^.*12 errors.*$/m.exec(asked.stdout)?.[0] ?? "-";
    expect(shown.stdout).toContain(answer);
  });

  test("tells its session in JSON too, and shows as one object", async () => {
    const { stdout, stderr } = await ask("what is wrong?", "logs", "--json");
    const { session, answer, citations } = JSON.parse(stdout);
    expect(stderr).not.toContain("Session");
    const shown = await show(session);
    expect(shown).toMatchObject({ id: session, place: { paths: [logs], isDemo: false } });
    expect(shown.questions).toHaveLength(1);
    expect(shown.questions[0]).toMatchObject({ number: 1, answer, citations, answered: true, error: null });
    const refs = shown.events.map(({ ref }: { ref: string }) => ref);
    expect(refs).toContain(citations.find(({ kind }: { kind: string }) => kind === "event").ref);
    const lines = (await ask("what is wrong?", "logs", "--format", "stream-json")).stdout
      .trimEnd()
      .split("\n");
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ type: "session", session: expect.any(String) });
    expect(await list()).toHaveLength(2);
  });

  test("is not kept where sessions are switched off, and can still go on with one", async () => {
    const env = { LOGAI_SESSIONS_ENABLED: "false" };
    const asked = await logai(["ask", "what is wrong?", "logs"], { env });
    expect(asked.code).toBe(0);
    expect(asked.stderr).not.toContain("Session");
    expect(existsSync(file)).toBe(false);
    await ask("what is wrong?", "logs");
    const further = await logai(["ask", "-c", "how many warnings?"], { env });
    expect(further.code).toBe(0);
    expect((await list())[0]?.questions).toBe(1);
  });

  test("that is killed is kept with what it had found", async () => {
    await withModel([FETCH, (response) => streamAnswer(response, "It is", { ends: false })], async (env) => {
      const killed = await logai(["ask", "why does it fail?", "logs"], {
        env,
        onStderr: (text, child) => {
          if (text.includes("read api.log")) setTimeout(() => child.kill("SIGKILL"), 300);
        },
      });
      expect(killed.signal).toBe("SIGKILL");
    });
    const [session] = await list();
    expect(session).toMatchObject({ question: "why does it fail?", questions: 1 });
    const shown = await show(session?.id ?? "");
    expect(shown.questions[0]).toMatchObject({ answered: false, answer: "", error: { code: "interrupted" } });
    expect(shown.questions[0].tools).toEqual([
      expect.objectContaining({
        ref: "q1",
        tool: "fetch_logs",
        summary: expect.stringContaining("120 matched"),
      }),
    ]);
    const text = await logai(["sessions", "show", session?.id ?? ""]);
    expect(text.stdout).toContain("The program ended before it.");
    expect((await ask("-c", "what is wrong?")).code).toBe(0);
    expect((await list()).map(({ questions }) => questions)).toEqual([2]);
  });

  test("holds no credential in its file, also where sanitising is off", async () => {
    const secret = "Tr0ub4dorSecret";
    writeFileSync(
      join(logs, "api.log"),
      `2026-03-12T01:00:00Z ERROR cannot reach postgres://svc:${secret}@db/app\n`,
    );
    const env = { LOGAI_SANITIZATION_ENABLED: "false" };
    const asked = await logai(["ask", `what is wrong with password=${secret}?`, "logs"], { env });
    expect(asked.stdout).toContain(secret);
    expect(allTextOf(file)).not.toContain(secret);
  });
});

describe("going on", () => {
  test("uses what was found before: contexts, references, the conversation", async () => {
    const first = await withModel([FETCH, says("There are 12 errors [q1].")], (env) =>
      logai(["ask", "why does it fail?", "logs"], { env }),
    );
    const id = sessionIn(first);
    const analyse = calls("analyze_error_pattern", { context_id: "q1" });
    await withModel([analyse, FETCH, says("Still 12 errors [q1] [q2] [q3].")], async (env, bodies) => {
      const { code, stdout, stderr } = await logai(["ask", "-c", "and what are they?"], { env });
      expect(code).toBe(0);
      expect(stderr).toMatch(new RegExp(`Going on with session ${id} \\(.* ago\\): why does it fail\\?`));
      expect(stdout).toContain("Still 12 errors [q1] [q2] [q3].");
      expect(stdout).toContain("all verified");
      const { messages } = JSON.parse(bodies[0] ?? "");
      const roles = messages.map(({ role }: { role: string }) => role);
      expect(roles).toEqual(["user", "assistant", "user", "assistant", "user"]);
      expect(JSON.stringify(messages[0])).toContain("why does it fail?");
      expect(JSON.stringify(messages[2])).toContain("120");
      expect(JSON.stringify(messages[3])).toContain("There are 12 errors");
      const result = JSON.stringify(JSON.parse(bodies[1] ?? "").messages.at(-1));
      expect(result).toContain("payment failed for");
      expect(result).not.toContain("context-not-found");
    });
    expect(await list()).toMatchObject([{ id, questions: 2 }]);
    const shown = await show(id);
    expect(shown.questions[1].tools.map(({ ref }: { ref: string }) => ref)).toEqual(["q2", "q3"]);
    const refs: string[] = shown.events.map(({ ref }: { ref: string }) => ref);
    expect(refs).toEqual([...new Set(refs)]);
    expect(refs).toEqual(refs.map((_, index) => `e${index + 1}`));
  });

  test("works where the logs are gone: what was read of them is known", async () => {
    const first = await withModel([FETCH, says("There are 12 errors [q1].")], (env) =>
      logai(["ask", "why does it fail?", "logs/api.log"], { env }),
    );
    expect(first.code).toBe(0);
    renameSync(join(logs, "api.log"), join(home, "elsewhere.txt"));
    const turns = [
      calls("analyze_error_pattern", { context_id: "q1" }),
      calls("get_surrounding_logs", { event_ref: "e1" }),
      says("Still 12 errors [q1]."),
    ];
    await withModel(turns, async (env, bodies) => {
      const { code, stdout, stderr } = await logai(["ask", "-c", "and what are they?"], { env });
      expect(stderr).toContain(`No longer there: ${join(logs, "api.log")}; only what was read of it`);
      expect(stdout).toContain("Still 12 errors [q1].");
      expect(bodies[1]).toContain("payment failed for");
      expect(bodies[2]).toMatch(/group-not-found|source-unavailable/);
      expect(code).toBe(0);
    });
  });

  test("takes other logs where they are named; what was piped in is gone", async () => {
    const piped = readFileSync(join(logs, "api.log"));
    await logai(["ask", "what is wrong?"], { input: piped });
    const gone = await ask("-c", "what is wrong?");
    expect(gone.stderr).toContain("What was piped in is gone");
    const named = await ask("-c", "what is wrong?", "logs/jobs");
    expect(named.stdout).toContain("worker.log");
    const [session] = await list();
    expect(session).toMatchObject({ questions: 3, place: { paths: [join(logs, "jobs")], hadInput: false } });
  });

  test("takes a session by the beginning of its id, and says which are near", async () => {
    const first = sessionIn(await ask("what is wrong?", "logs"));
    const second = sessionIn(await ask("how many warnings?", "logs"));
    expect((await ask("--resume", first.slice(0, 5), "and now?")).code).toBe(0);
    const byId = new Map((await list()).map(({ id, questions }) => [id, questions]));
    expect(byId).toEqual(
      new Map([
        [first, 2],
        [second, 1],
      ]),
    );
    const typo = `${first.slice(0, 5)}${first.endsWith("2") ? "3" : "2"}`;
    const unknown = await ask("--resume", typo, "and now?");
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toContain(`There is no session '${typo}'. Did you mean '${first}'?`);
    const told = await logai(["sessions", "resume", first.slice(0, 4)]);
    expect(told.stdout).toBe(`logai ask --resume ${first} "..."\n`);
    expect((await logai(["sessions", "resume", second, "and now?"])).stdout).toContain("Looked at");
    expect((await ask("-c", "--resume", first, "and now?")).code).toBe(2);
  });

  test("needs a session to go on with", async () => {
    const { code, stderr } = await ask("-c", "and now?");
    expect(code).toBe(2);
    expect(stderr).toContain("There is no session to go on with.");
    expect((await logai(["demo", "-c"])).stderr).toContain("There is no session of the demo to go on with.");
  });

  test("is done by two at once without harm: one of them in a copy", async () => {
    await ask("what is wrong?", "logs");
    const both = await Promise.all([ask("-c", "how many errors?"), ask("-c", "how many warnings?")]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const counts = (await list()).map(({ questions }) => questions).sort();
    expect([[2, 2], [3]]).toContainEqual(counts);
    for (const ran of both) expect((await show(sessionIn(ran))).questions.length).toBeGreaterThan(1);
  });
});

describe("sessions", () => {
  test("of several processes at once are all kept", async () => {
    const all = await Promise.all([1, 2, 3].map((number) => ask(`what is wrong in ${number}?`, "logs")));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect((await list()).map(({ id }) => id).sort()).toEqual(all.map(sessionIn).sort());
  });

  test("are deleted, and it is said which", async () => {
    const ids = [];
    for (const question of ["one wrong?", "two wrong?", "three wrong?"])
      ids.push(sessionIn(await ask(question, "logs")));
    const [first = "", second = "", third = ""] = ids;
    expect((await logai(["sessions", "delete", first.slice(0, 5)])).stdout).toBe(
      `Deleted 1 session: ${first}\n`,
    );
    expect((await logai(["sessions", "delete", "--older-than", "1d"])).stderr).toContain(
      "There is none to delete.",
    );
    const rest = await logai(["sessions", "delete", "--all", "--json"]);
    expect(JSON.parse(rest.stdout).deleted.sort()).toEqual([second, third].sort());
    expect(await list()).toEqual([]);
    expect((await logai(["sessions"])).stderr).toContain("No session is kept yet.");
    for (const args of [[], ["--all", "abc"], ["--older-than", "soon"], ["nobody"]])
      expect((await logai(["sessions", "delete", ...args])).code).toBe(2);
    expect((await logai(["sessions", "show"])).code).toBe(2);
    expect((await logai(["sessions", "burn"])).stderr).toContain("There is no 'sessions burn'.");
  });

  test("that are older than they are kept go when a new one begins", async () => {
    await ask("what is wrong?", "logs");
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(file);
    database.exec("UPDATE sessions SET updated_at = updated_at - 8640000000");
    database.close();
    await ask("-c", "and now?");
    expect((await list())[0]?.questions).toBe(2);
    const again = new DatabaseSync(file);
    again.exec("UPDATE sessions SET updated_at = updated_at - 8640000000");
    again.close();
    await ask("and something else?", "logs");
    expect((await list()).map(({ questions }) => questions)).toEqual([1]);
  });
});

describe("the file of sessions", () => {
  test("that is damaged is set aside, and the question is answered and kept", async () => {
    await ask("what is wrong?", "logs");
    writeFileSync(file, "this was a database once".repeat(400));
    const { code, stderr } = await ask("what is wrong?", "logs");
    expect(code).toBe(0);
    expect(stderr).toMatch(/the saved sessions cannot be read\. It was set aside as .*sessions\.db\./);
    expect(await list()).toHaveLength(1);
    expect(readdirSync(join(home, ".logai")).some((name) => name.startsWith("sessions.db."))).toBe(true);
  });

  test("of a newer version is left alone: answered with a warning, and told by the command", async () => {
    await ask("what is wrong?", "logs");
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const { code, stderr } = await ask("what is wrong?", "logs");
    expect(code).toBe(0);
    expect(stderr).toContain("This question is not kept.");
    expect(stderr).not.toContain("go on with");
    const told = await logai(["sessions"]);
    expect(told.code).toBe(3);
    expect(told.stderr).toContain("Update LogAI");
  });

  test("that cannot be made costs the question one warning", async () => {
    writeFileSync(join(home, "in-the-way"), "");
    const env = { XDG_STATE_HOME: join(home, "in-the-way"), LOGAI_LOG_FILE: join(home, "app.log") };
    const { code, stdout, stderr } = await logai(["ask", "what is wrong?", "logs"], { env });
    expect(code).toBe(0);
    expect(stdout).toContain("12 errors");
    expect(stderr.match(/is not kept/g)).toHaveLength(1);
    expect((await logai(["sessions"], { env })).code).toBe(1);
  });
});
