import type { ModelMessage } from "ai";
import { compactTurns, type Limits } from "./compact.ts";
import { messagesOf, readTurns, type Turn } from "./turns.ts";

/** What is said to the model: earlier questions with all that followed them, then the question that is being answered. */
export interface History {
  messages(): ModelMessage[];
  /** How many of the messages belong to earlier questions. */
  earlier(): number;
  /** To the question that is being answered. */
  add(...messages: readonly ModelMessage[]): void;
  /** Characters that the messages take as JSON: what a prompt's size is estimated from. */
  size(): number;
  /** Shortens what is missed least, only as far as needed. @returns what was shortened, a part of a sentence each */
  compact(limits: Limits): string[];
}

/** @param earlier complete turns: question, calls and results, answer; they are not changed */
export function createHistory(earlier: readonly ModelMessage[], question: string): History {
  const turns: Turn[] = [
    ...readTurns(earlier),
    { messages: [{ role: "user", content: question }], leftOut: [] },
  ];
  const sizes = new WeakMap<Turn, number>();
  const sizeOfTurn = (turn: Turn): number => {
    const size = sizes.get(turn) ?? sizeOf(messagesOf(turn));
    sizes.set(turn, size);
    return size;
  };
  const sizeOfTurns = (some: readonly Turn[]) => some.reduce((sum, turn) => sum + sizeOfTurn(turn), 0);
  return {
    messages: () => turns.flatMap(messagesOf),
    earlier: () => turns.slice(0, -1).flatMap(messagesOf).length,
    add(...messages) {
      const turn = turns.pop();
      if (turn) turns.push({ ...turn, messages: [...turn.messages, ...messages] });
    },
    size: () => sizeOfTurns(turns),
    compact: (limits) => compactTurns(turns, limits, sizeOfTurns),
  };
}

function sizeOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, { content }) => sum + JSON.stringify(content).length, 0);
}
