import { NO_ALARM_WORDS, readAlarmWords } from "./alarm-words.ts";

/** What a question is after, as far as rules can read it. */
export interface Intent {
  readonly kind:
    | "list"
    | "count"
    | "find"
    | "status"
    | "slow"
    | "errors"
    | "warnings"
    | "investigate"
    | "compare"
    | "new"
    | "show"
    | "alarms";
  /** A text that the events must contain. */
  readonly term: string | undefined;
  /** An HTTP status code, the first where several are named. */
  readonly status: string | undefined;
  /** All of them. */
  readonly statuses: readonly string[];
  /** How many events the user wants to see. */
  readonly limit: number | undefined;
  /** Words that may name a service, most telling first. */
  readonly names: readonly string[];
  /** Neighbouring words that may name one together: `payment service`. */
  readonly phrases: readonly string[];
  /** True where the question is why, and not just what: the cause may lie in a group that it does not name. */
  readonly asksWhy: boolean;
  /** True where warnings are meant, and not errors. */
  readonly asksWarnings: boolean;
  /** True where yes or no is asked for. */
  readonly asksWhether: boolean;
  /** A namespace, environment or folder that the user named. */
  readonly namespace: string | undefined;
  /** True where the question speaks of alarms, and there are such. */
  readonly mentionsAlarms: boolean;
}

const QUOTED = /(?<![\w])['"`“‘]([^'"`”’\n]{2,120})['"`”’](?!\w)/;
const STATUS = /\b([1-5]\d{2})(?:s\b|\b)/g;
const STATUS_WORDS =
  /\b(?:http|status|code|codes|errors?|responses?|requests?|returns?|returned|returning)\b|\bhow (?:many|often) [45]\d{2}\b|\b[45]\d{2}s\b/i;
const UPPER_TERM =
  /\b(?:contain(?:s|ing)?|with|mention(?:s|ing)?|matching|for)\s+(?:the\s+(?:word|text|string)\s+)?([A-Z][A-Z0-9_]{2,})\b/;

const WARNINGS = /\bwarn(?:s|ings?)?\b/i;

const SOUGHT =
  /\b(?:grep|search(?:ing)? for|look(?:ing)? for|contain(?:s|ing)?|mention(?:s|ing)?)\s+(?:(?:any|all|the|a|an|lines|logs|events|entries|messages|with|word|text|for)\s+){0,4}([A-Za-z][\w.:-]{2,60})\s*(?:$|[.?!]|\b(?:in|from|of|on|at|since|between|during|today|yesterday)\b)/i;

const KINDS: readonly (readonly [Intent["kind"], RegExp])[] = [
  [
    "list",
    /^\s*(?:list|ls|groups)\W*$|\b(?:which|what|list|show(?: me)?(?: all)?|available)\b.{0,30}\b(?:log groups?|groups|log files|services|sources|streams)\b/i,
  ],
  ["count", /\bhow (?:many|often)\b|\bcount\b|\bnumber of\b/i],
  [
    "compare",
    /\bcompar(?:e|ed|ing|ison)\b|\bversus\b|\bvs\.?\b|\bdifference between\b|\b(?:more|fewer|worse|higher|lower|better) .{0,60}\bthan\b/i,
  ],
  [
    "new",
    /\bwhat(?:'s| is| has| have|'s been)?(?: been)? (?:new|chang(?:ed|es)|different|appeared)\b|\b(?:any|which|show|list|find)\b.{0,20}\bnew\b.{0,20}\b(?:errors?|messages?|lines|patterns?|templates?|kinds?|logs?)\b|\bnew (?:errors?|patterns?|templates?) (?:since|after|compared)\b|\banything new\b/i,
  ],
  [
    "slow",
    /\bslow(?:er|ly|ness)?\b|\blatenc(?:y|ies)\b|\bresponse times?\b|\bperformance\b|\bdegrad\w*|\btak(?:e|es|ing) (?:so |too |very )?long\b|\bhang(?:s|ing)?\b|\bsluggish\b|\blaggy\b/i,
  ],
  [
    "find",
    /\b(?:find|search|grep|look(?:ing)? for|contain(?:s|ing)?|mention(?:s|ed)?|was there any|were there any|is there any|are there any|any sign of)\b/i,
  ],
  [
    "investigate",
    /\bwhy\b|\bwhat(?:'s|s| is| went| was)? (?:happened|happening|wrong|going on|the (?:issue|problem|cause|matter))\b|\broot cause\b|\bcause[sd]?\b|\btroubleshoot\b|\binvestigate\b|\bdebug\b|\bdiagnose\b|\bissues?\b|\bproblems?\b|\bincident\b|\boutage\b|\bcrash\w*|\bdown\b|\baffect\w*|\bimpact\w*|\brelated\b|\bbroken\b|\bhealthy\b|\bok(?:ay)?\b|\banomal\w+|\bunusual\b/i,
  ],
  ["warnings", WARNINGS],
  ["errors", /\berrors?\b|\bexceptions?\b|\bfail\w*|\bfatal\b|\bstack traces?\b/i],
  ["show", /\b(?:show|get|post|print|display|tail|fetch|give|see|last|latest|newest|recent)\b/i],
];

/** Words that ask whether and where, not for the lines. */
const SEEKS = /\b(?:find|search|grep|look(?:ing)? for|any)\b/i;

const WHY =
  /\bwhy\b|\bwhat(?:'s| is|s)? (?:the )?(?:wrong|matter)\b|\bwhat went wrong\b|\bcause[sd]?\b|\bcausing\b|\breason\b|\bwhere .{0,40}\b(?:come|start|begin|originate)|\baffect\w*|\bimpact\w*|\brelated\b/i;

/** The id of one request, order or user: the events that carry it are what is asked for. */
const ID =
  /\b(?:request|req|trace|order|transaction|txn|session|user|job|message|correlation|id)(?:[ _-]?id)?[ :=#]{1,2}([\w-]{0,60}\d[\w-]{2,60})\b|\b([0-9a-f]{12,64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,30})\b/i;

/** @param hasAlarms whether there are alarms to ask about; without them the word is one like any other */
export function readIntent(question: string, hasAlarms = false): Intent {
  const alarms = hasAlarms ? readAlarmWords(question) : NO_ALARM_WORDS;
  const quoted = alarms.quotedName === undefined ? readQuoted(question) : undefined;
  const upper = UPPER_TERM.exec(question)?.[1];
  const statuses = readStatuses(question);
  const [status] = statuses;
  const id = ID.exec(question);
  const sought = id?.[1] ?? id?.[2] ?? readSought(question);
  const isAboutAlarms = alarms.isQuestion && (quoted ?? sought) === undefined;
  const term = isAboutAlarms ? undefined : (quoted ?? upper ?? sought);
  return {
    kind: isAboutAlarms ? "alarms" : readKind(question, term, status),
    term,
    status,
    statuses,
    limit: readLimit(question),
    names: readNames(question, term),
    phrases: readPhrases(question),
    asksWhy: WHY.test(question),
    asksWarnings: WARNINGS.test(question) && !/\berrors?\b/i.test(question),
    asksWhether: /^\s*(?:was|were|is|are|did|does|do|has|have|had|any|can|could)\b/i.test(question),
    namespace: readNamespace(question),
    mentionsAlarms: alarms.isMentioned,
  };
}

/** The bare word that is to be searched for: `grep timeout`, `lines that mention kafka`. */
function readSought(question: string): string | undefined {
  const word = SOUGHT.exec(question)?.[1]?.replace(/[.:-]+$/, "");
  return word === undefined || COMMON.has(word.toLowerCase()) || isIdentifier(word)
    ? undefined
    : word.replace(PLURAL, "");
}

/** Of `timeouts` the lines hold more often one. */
const PLURAL = /(?<=out|ion|ure|ock|ror|set|est|ry|art)s$/i;

/** A quoted text is what the events must hold, unless it is the name of a log: `checkout-api.log`, "/aws/lambda/x". */
function readQuoted(question: string): string | undefined {
  const found = QUOTED.exec(question);
  if (!found?.[1]) return undefined;
  const before = question.slice(Math.max(0, found.index - 30), found.index);
  const behind = question.slice(found.index + found[0].length, found.index + found[0].length + 20);
  const isName =
    /\.(?:log|txt|jsonl?|gz)$|^\/[\w/-]+$/i.test(found[1]) ||
    (/^[\w./:@-]+$/.test(found[1]) &&
      (/\b(?:in|from|of|group|pod|service|job|container|app|namespace)\s*$/i.test(before) ||
        /^\s+(?:log group|group|pod|service|job|container|namespace|logs?)\b/i.test(behind) ||
        (isIdentifier(found[1]) && /\bfor\s*$/i.test(before))));
  return isName ? undefined : found[1];
}

function readKind(question: string, term: string | undefined, status: string | undefined): Intent["kind"] {
  const fits = (kind: Intent["kind"]) =>
    KINDS.some(([name, pattern]) => name === kind && pattern.test(question));
  if (fits("list") && !term && !status) return "list";
  if (fits("count")) return "count";
  if (fits("new")) return "new";
  if (fits("compare")) return "compare";
  if (status) return "status";
  if (term)
    return fits("show") &&
      /\b(?:logs?|lines|events|entries|messages)\b/i.test(question) &&
      !SEEKS.test(question)
      ? "show"
      : "find";
  const isTrouble = fits("errors") || fits("investigate") || fits("warnings") || fits("slow");
  if (!isTrouble && /\blogs\b/i.test(question) && (fits("show") || /^\s*(?:the\s+)?logs\b/i.test(question)))
    return "show";
  if (fits("warnings")) return fits("errors") ? "investigate" : "warnings";
  // Without a text to look for there is nothing to find, and everything would match.
  const fitting = KINDS.filter(([kind, pattern]) => kind !== "find" && pattern.test(question));
  return fitting[0]?.[0] ?? "investigate";
}

function readStatuses(question: string): string[] {
  if (!STATUS_WORDS.test(question)) return [];
  const found = [...question.matchAll(STATUS)].filter(({ index }) => isStatus(question, index));
  return [...new Set(found.flatMap(([, code]) => (code ? [code] : [])))];
}

/** "the last 100 logs" is a limit, "took 300 ms" a duration, "500,000" and "1.500" are other numbers. */
function isStatus(question: string, index: number): boolean {
  const before = question.slice(Math.max(0, index - 7), index);
  const from = question.slice(index, index + 16);
  return (
    !/(?:\b(?:last|first|top|newest|latest)\s*|\d[.,:]|[\w/]-|\/)$/i.test(before) &&
    !/^\d{3}(?:\s*(?:ms|logs?|lines|events|entries|seconds|minutes)\b|[.,:-]\d|-[a-z])/i.test(from)
  );
}

function readLimit(question: string): number | undefined {
  const found =
    /\b(?:last|first|latest|newest|recent|top)\s+(\d{1,4})\b(?!\s*(?:min|hour|day|sec|week|month|h\b|m\b|d\b|s\b))/i.exec(
      question,
    ) ?? /\b(\d{1,4})\s+(?:logs?|lines|events|entries|messages)\b/i.exec(question);
  return found?.[1] ? Math.min(1000, Math.max(1, Number(found[1]))) : undefined;
}

function readNamespace(question: string): string | undefined {
  const before =
    /\b(?:namespace|environment|env|cluster|folder)\s+(?!(?:of|is|the|and|or|to|for|in|on|at|has|have|had|was|were|are|with|since|please|that|which|today|yesterday|between|from|during|after|before|got|keeps?|tell|show|why|what|where|when|how|did|does|do|can|could|but|so|because|as|last|this)\b)['"`]?([\w.-]{2,60})/i.exec(
      question,
    )?.[1];
  const after =
    /\b(?:in|from|of|the)\s+(?:the\s+)?['"`]?(?!(?:same|right|wrong|which|what|this|that|our|each|every|any|log)\b)([\w.-]{2,60})['"`]?\s+(?:namespace|environment|env|cluster|folder)\b/i.exec(
      question,
    )?.[1];
  const bare = /['"]?([\w]+-[\w.-]{1,60})['"]?\s+namespace\b/i.exec(question)?.[1];
  const joined = /\bnamespace-([\w.-]{1,60})/i.exec(question)?.[0];
  const name = after ?? bare ?? before ?? joined;
  return name?.replace(/[.?!,]+$/, "");
}

/** Words of everyday language and of this trade that do not name a service. */
const COMMON = new Set(
  `a about above after again all an and any anything are around as at be because been before being between but by can could count
  day did do does down during each error errors events exception exceptions fail failed failing fails fatal find first for from get give
  group groups had happen happened happening has have hour hours how i in into is issue issues it its job just last latest line lines list log logs look
  many me message messages minute minutes month more most my name namespace new newest no not now number of off on or our out over past pod pods
  post print problem problems query reported request requests response search see seem service services show since slow so some something
  status stream streams than that the their them then there these they this those time times to today top troubleshoot up us was we week
  went were what what's whats when where which while who why will with wrong yesterday you monday tuesday wednesday thursday friday saturday sunday
  morning night evening noon utc gmt am pm january february march april june july august september october november december
  affect affects impact customer customers related broken healthy ok anything something everything nothing started start begin began first
  changed different versus difference between than higher lower fewer worse better during around about window period
  compare compared rate rates versus vs was tell explain performance degradation latency application app apps contain contains containing ms seconds
  warn warns warning warnings in the cause root container deployment server system prod production`.split(
    /\s+/,
  ),
);

function readNames(question: string, term: string | undefined): string[] {
  const text = term ? question.replace(term, " ") : question;
  const words = text.match(/[A-Za-z][\w.:/@-]{1,80}/g) ?? [];
  const cleaned = words.map((word) => word.replace(/(?:'s)?[.,;:?!]*$/, ""));
  const telling = cleaned.filter((word) => word.length > 1 && !COMMON.has(word.toLowerCase()));
  const unique = [...new Set(telling)];
  // An identifier (payment-api, auth_service, /aws/lambda/x) says more than a word.
  return unique.sort((a, b) => Number(isIdentifier(b)) - Number(isIdentifier(a)));
}

/** Two or three neighbouring words as one name; whether a group is called so is for the listing to say. */
function readPhrases(question: string): string[] {
  const words = (question.match(/[A-Za-z][\w-]{1,40}/g) ?? []).slice(0, 200);
  return words.flatMap((word, index) => {
    const pair = `${word} ${words[index + 1] ?? ""}`;
    const triple = `${pair} ${words[index + 2] ?? ""}`;
    return words[index + 2] ? [triple, pair] : words[index + 1] ? [pair] : [];
  });
}

/** Words with a hyphen that are English and no name. */
const COMPOUND =
  /^(?:time-?outs?|read-only|real-time|e-mails?|log-?ins?|sign-?(?:ups?|ins?|outs?)|set-?up|start-?up|root-cause|end-to-end|on-call|up-to-date|out-of-\w+|stack-traces?|follow-ups?|long-running|short-lived|ad-hoc|(?:re|non|pre|post|auto|multi|per|high|low)-\w+|\w+-(?:related|side|level|based|like|wide|facing|time))$/i;

export function isIdentifier(word: string): boolean {
  if (COMPOUND.test(word)) return false;
  return /[a-z0-9][-_/.:][a-z0-9]/i.test(word) || /[a-z][A-Z]/.test(word);
}
