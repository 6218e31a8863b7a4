import { UNVERIFIED_MARK } from "../agent/check.ts";
import { findReferences } from "../agent/references.ts";
import type { SessionQuestion } from "../sessions/session.ts";
import { type Html, html, join } from "./html.ts";

/** A place in an answer that cites something. */
export interface CitingPlace {
  /** The anchor of the place. */
  readonly id: string;
  /** The number of the question. */
  readonly question: number;
}

/** Turns references of answers into links, and remembers where each was cited. */
export interface References {
  /** Words of an answer: references as links, and what was not verified marked. */
  link(words: string, question: number): Html;
  placesOf(ref: string): readonly CitingPlace[];
}

const ONE = /[eq]\d{1,7}/gi;

/** @param anchors the references that the document has a place for */
export function createReferences(anchors: ReadonlySet<string>): References {
  const places = new Map<string, CitingPlace[]>();

  function linkOne(ref: string, shown: string, question: number): Html {
    if (!anchors.has(ref)) return html`<span class="missing" title="not in this document">${shown}</span>`;
    const before = places.get(ref) ?? [];
    const id = `from-${question}-${ref}-${before.length + 1}`;
    places.set(ref, [...before, { id, question }]);
    return html`<a class="ref" id="${id}" href="#${ref}">${shown}</a>`;
  }

  function linkAll(citing: string, question: number): Html {
    const parts: Html[] = [];
    let from = 0;
    for (const { 0: shown, index } of citing.matchAll(ONE)) {
      parts.push(html`${citing.slice(from, index)}`, linkOne(shown.toLowerCase(), shown, question));
      from = index + shown.length;
    }
    return join([...parts, citing.slice(from)]);
  }

  return {
    link(words, question) {
      const parts: Html[] = [];
      let from = 0;
      for (const { index, end } of findReferences(words)) {
        parts.push(markUnverified(words.slice(from, index)), linkAll(words.slice(index, end), question));
        from = end;
      }
      return join([...parts, markUnverified(words.slice(from))]);
    },
    placesOf: (ref) => places.get(ref) ?? [],
  };
}

function markUnverified(words: string): Html {
  const mark = html` <mark class="unverified"><span aria-hidden="true">⚠ </span>unverified</mark>`;
  return join(words.split(UNVERIFIED_MARK), mark);
}

/** Everything that an answer cites, once each. */
export function citedIn({ answer }: Pick<SessionQuestion, "answer">): ReadonlySet<string> {
  return new Set(findReferences(answer).flatMap(({ refs }) => refs));
}
