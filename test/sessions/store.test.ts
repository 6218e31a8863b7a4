import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { DatabaseFault } from "../../src/database.ts";
import { Failure } from "../../src/failure.ts";
import { findSession } from "../../src/sessions/find-session.ts";
import { makeSessionId } from "../../src/sessions/session-id.ts";
import { deleteOld } from "../../src/sessions/store.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import { makeEvent } from "../agent/shop.ts";
import {
  allTextOf,
  investigate,
  keepSessions,
  OUTCOME,
  PLACE,
  questionStart,
  record,
} from "./investigation.ts";

const GROUPS = {
  checkout: Array.from({ length: 12 }, (_, index) => `ERROR payment ${index} timed out after 5000 ms`),
  orders: ["INFO order 1 placed", "WARN retrying order 2"],
};
const DAY = 86_400_000;

describe("a question", () => {
  test("is kept with its calls, what they read, its answer and its events", async () => {
    using kept = keepSessions();
    const id = await investigate({ store: kept.store, groups: GROUPS }, "What is wrong with checkout?");
    const session = kept.open().read(id);
    expect(session).toMatchObject({ id, zone: "UTC" });
    expect(session?.place).toEqual(PLACE);
    const [question] = session?.questions ?? [];
    expect(question).toMatchObject({
      number: 1,
      text: "What is wrong with checkout?",
      model: { provider: "offline" },
      outcome: { reason: "answered", cost: 0 },
      redacted: { email: 2 },
    });
    expect(question?.answer).toContain("payment");
    expect(question?.report?.checked).toBeGreaterThan(0);
    expect(question?.ledgers[0]).toMatchObject({ source: "memory", groups: ["checkout"], matched: 12 });
    const fetched = question?.calls.find(({ tool }) => tool === "fetch_logs");
    const result = fetched && "ref" in fetched.result ? fetched.result : undefined;
    expect(result?.data).toMatchObject({ result: result?.ref });
    expect(result?.readings[0]?.newest).toHaveLength(12);
    expect(result?.readings[0]?.digest.levels.get("error")).toBe(12);
    expect(result?.readings[0]?.digest.templates[0]?.groups.get("checkout")).toBe(12);
    expect(session?.events.get("e1")).toMatchObject({ group: expect.any(String) });
    const cited = question?.report?.citations.filter(({ kind }) => kind === "event") ?? [];
    for (const { ref } of cited) expect(session?.events.has(ref)).toBe(true);
  });

  test("is there from its first moment on, and each call as it ends", () => {
    using kept = keepSessions();
    const evidence = createEvidence();
    const recorder = record({ store: kept.store, evidence });
    recorder.take(questionStart("why?"));
    const other = kept.open();
    const read = () => other.read(recorder.key?.session ?? "")?.questions[0];
    expect(read()).toMatchObject({ text: "why?", answer: "", calls: [] });
    expect(read()?.outcome).toBeUndefined();
    recorder.take({ type: "round-start", round: 1 });
    recorder.take({ type: "tool-start", call: "a", tool: "fetch_logs", input: { log_group: "x" } });
    expect(read()?.calls).toEqual([]);
    evidence.citeEvent(makeEvent("x", 1, "ERROR no"));
    const failure = { message: "There is no x.", code: "group-not-found", hint: undefined } as const;
    recorder.take({ type: "tool-failed", call: "a", tool: "fetch_logs", ...failure, ms: 3 });
    expect(read()?.calls).toEqual([
      { round: 1, id: "a", tool: "fetch_logs", input: { log_group: "x" }, ms: 3, result: failure },
    ]);
    expect(other.read(recorder.key?.session ?? "")?.events.get("e1")?.message).toBe("ERROR no");
    recorder.take({ type: "finish", outcome: OUTCOME });
    expect(read()?.outcome).toEqual(OUTCOME);
  });

  test("goes on without being kept where its session was deleted, told once", () => {
    using kept = keepSessions();
    const warnings: string[] = [];
    const recorder = record({ store: kept.store, onWarning: (text) => warnings.push(text) });
    recorder.take(questionStart("why?"));
    kept.open().delete([recorder.key?.session ?? ""]);
    recorder.take({ type: "notice", text: "Something." });
    recorder.take({ type: "notice", text: "Something." });
    recorder.take({ type: "finish", outcome: OUTCOME });
    expect(recorder.key).toBeUndefined();
    expect(warnings).toEqual(["The session was deleted meanwhile: this question is not kept."]);
    expect(kept.store.list()).toEqual([]);
  });
});

describe("the list", () => {
  test("tells of each session, the newest first", async () => {
    let now = 1_000_000;
    using kept = keepSessions({ now: () => now });
    const first = await investigate({ store: kept.store, groups: GROUPS }, "first question");
    now += 1000;
    const second = await investigate({ store: kept.store, groups: GROUPS }, "second question");
    now += 1000;
    const earlier = kept.store.read(first);
    expect(earlier).toBeDefined();
    if (earlier) await investigate({ store: kept.store, groups: GROUPS, earlier }, "and then?");
    expect(kept.store.list()).toEqual([
      {
        id: first,
        createdAt: 1_000_000,
        updatedAt: 1_002_000,
        place: PLACE,
        question: "first question",
        questions: 2,
        sources: ["memory"],
        model: "offline-analyst",
        cost: 0,
      },
      expect.objectContaining({ id: second, question: "second question", questions: 1 }),
    ]);
  });

  test("finds a session by the beginning of its id, and says what is near", () => {
    const sessions = ["k3f9qz", "k3g222", "abcdef"].map((id) => ({ id })) as never;
    expect(findSession(sessions, "k3f").id).toBe("k3f9qz");
    expect(findSession(sessions, " ABC ").id).toBe("abcdef");
    expect(() => findSession(sessions, "k3")).toThrow("'k3' could be k3f9qz, k3g222.");
    expect(() => findSession(sessions, "k3f9zq")).toThrow("Did you mean 'k3f9qz'?");
    expect(() => findSession(sessions, "")).toThrow(Failure);
  });

  test("has ids that are short and hard to misread", () => {
    let next = 0;
    expect(makeSessionId((below) => next++ % below)).toBe("234567");
    expect(makeSessionId((below) => below - 1)).toBe("zzzzzz");
    using kept = keepSessions({ random: () => 0, now: () => 5 });
    const recorder = record({ store: kept.store });
    recorder.take(questionStart("why?"));
    expect(recorder.key?.session).toBe("222222");
    const draws = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
    const other = record({ store: kept.open({ random: () => draws.shift() ?? 0 }) });
    other.take(questionStart("and this?"));
    expect(other.key?.session).toBe("333333");
  });
});

describe("a question that goes on with a session", () => {
  test("is its next", async () => {
    using kept = keepSessions();
    const id = await investigate({ store: kept.store, groups: GROUPS });
    const earlier = kept.store.read(id);
    const recorder = record({
      store: kept.store,
      ...(earlier ? { earlier } : {}),
      place: { ...PLACE, paths: ["/b"] },
    });
    recorder.take(questionStart("and then?"));
    expect(recorder.key).toEqual({ session: id, number: 2, isCopy: false });
    const session = kept.store.read(id);
    expect(session?.place.paths).toEqual(["/b"]);
    expect(session?.questions.map(({ place }) => place)).toEqual([PLACE, undefined]);
  });

  test("goes into a copy where somebody else has asked meanwhile, or is being answered", async () => {
    using kept = keepSessions({ process: 1, isRunning: (process) => process === 2 });
    const id = await investigate({ store: kept.store, groups: GROUPS });
    const earlier = kept.store.read(id);
    if (!earlier) throw new Error("not kept");
    const theirs = record({ store: kept.open({ process: 2 }), earlier });
    theirs.take(questionStart("theirs"));
    const ours = record({ store: kept.store, earlier });
    ours.take(questionStart("ours"));
    expect(ours.key).toMatchObject({ number: 2, isCopy: true });
    const copy = kept.store.read(ours.key?.session ?? "");
    expect(copy?.questions.map(({ text }) => text)).toEqual(["What is wrong?", "ours"]);
    expect(copy?.questions[0]?.calls).toEqual(earlier.questions[0]?.calls);
    expect(copy?.events).toEqual(earlier.events);

    const later = kept.store.read(id);
    expect(later?.questions.map(({ text }) => text)).toEqual(["What is wrong?", "theirs"]);
    const third = record({ store: kept.store, ...(later ? { earlier: later } : {}) });
    third.take(questionStart("third"));
    expect(third.key).toMatchObject({ number: 3, isCopy: true });
  });

  test("is not kept from it by a process that was killed", async () => {
    using kept = keepSessions({ process: 1, isRunning: () => false });
    const killed = record({ store: kept.open({ process: 2 }) });
    killed.take(questionStart("why?"));
    const earlier = kept.store.read(killed.key?.session ?? "");
    const recorder = record({ store: kept.store, ...(earlier ? { earlier } : {}) });
    recorder.take(questionStart("and then?"));
    expect(recorder.key).toEqual({ ...killed.key, number: 2 });
  });

  test("begins a session of its own where that one was deleted", async () => {
    using kept = keepSessions();
    const id = await investigate({ store: kept.store, groups: GROUPS });
    const earlier = kept.store.read(id);
    kept.store.delete([id]);
    const recorder = record({ store: kept.store, ...(earlier ? { earlier } : {}) });
    recorder.take(questionStart("and then?"));
    expect(recorder.key).toMatchObject({ number: 1, isCopy: false });
    expect(kept.store.list()).toHaveLength(1);
  });
});

describe("what is deleted", () => {
  test("is gone from the file, too", async () => {
    using kept = keepSessions();
    const marked = { ...GROUPS, checkout: ["ERROR Quittenbrot is empty"] };
    const id = await investigate({ store: kept.store, groups: marked }, "Where is the Quittenbrot?");
    await investigate({ store: kept.store, groups: GROUPS });
    expect(kept.store.delete([id, "nobody"])).toBe(1);
    expect(kept.store.read(id)).toBeUndefined();
    expect(kept.store.list()).toHaveLength(1);
    expect(readFileSync(kept.path, "latin1")).not.toContain("Quittenbrot");
    if (existsSync(`${kept.path}-wal`)) expect(statSync(`${kept.path}-wal`).size).toBe(0);
    expect(allTextOf(kept.path)).not.toContain("Quittenbrot");
  });

  test("is what nobody has gone on with for so many days; none with 0", async () => {
    let now = 0;
    using kept = keepSessions({ now: () => now });
    const old = await investigate({ store: kept.store, groups: GROUPS });
    now += 40 * DAY;
    const young = await investigate({ store: kept.store, groups: GROUPS });
    now += 60 * DAY;
    expect(deleteOld(kept.store, 0, now)).toBe(0);
    expect(deleteOld(kept.store, 90, now)).toBe(1);
    expect(kept.store.list().map(({ id }) => id)).toEqual([young]);
    expect(kept.store.read(old)).toBeUndefined();
  });
});

describe("the file", () => {
  test("is the user's only, and not that of the cache", async () => {
    using kept = keepSessions();
    await investigate({ store: kept.store, groups: GROUPS });
    expect(statSync(kept.path).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["damaged", "SQLite format 3\0 and then nothing of the kind".padEnd(9000, "x")],
    ["somebody else's", "Dear diary, today I wrote a file.".padEnd(9000, ".")],
  ])("is set aside where it is %s, and a new one made", async (_, text) => {
    using kept = keepSessions();
    kept.store.close();
    writeFileSync(kept.path, text);
    const store = kept.open();
    expect(kept.warnings).toHaveLength(1);
    expect(kept.warnings[0]).toMatch(
      /the saved sessions cannot be read\. It was set aside as .*sessions\.db\./,
    );
    expect(store.list()).toEqual([]);
    await investigate({ store, groups: GROUPS });
    const names = readdirSync(dirname(kept.path));
    expect(names.some((name) => /^sessions\.db\.(corrupt|foreign)-/.test(name))).toBe(true);
  });

  test("of a newer LogAI is left alone", () => {
    using kept = keepSessions();
    kept.store.close();
    const database = new DatabaseSync(kept.path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const before = readFileSync(kept.path);
    expect(() => kept.open()).toThrow(
      expect.objectContaining({ code: "configuration", hint: expect.stringContaining("Update LogAI") }),
    );
    expect(readFileSync(kept.path).equals(before)).toBe(true);
  });

  test("with a damaged payload fails for that session, and for no other", async () => {
    using kept = keepSessions();
    const bad = await investigate({ store: kept.store, groups: GROUPS });
    const good = await investigate({ store: kept.store, groups: GROUPS });
    const database = new DatabaseSync(kept.path);
    database.prepare("UPDATE calls SET payload = x'0102' WHERE session = ?").run(bad);
    database.close();
    expect(() => kept.store.read(bad)).toThrow("damaged");
    expect(kept.store.read(good)).toBeDefined();
    expect(kept.store.list()).toHaveLength(2);
  });

  test("that becomes full costs the question one warning, and no more", () => {
    using kept = keepSessions();
    const warnings: string[] = [];
    const full = (): never => {
      throw new DatabaseFault("full", "sessions.db cannot grow: the disk is full");
    };
    const store = { ...kept.store, update: full };
    const recorder = record({ store, onWarning: (text) => warnings.push(text) });
    recorder.take(questionStart("why?"));
    recorder.take({ type: "notice", text: "Something." });
    recorder.take({ type: "finish", outcome: OUTCOME });
    expect(warnings).toEqual(["sessions.db cannot grow: the disk is full: this question is not kept."]);
    expect(recorder.key).toBeUndefined();
  });
});
