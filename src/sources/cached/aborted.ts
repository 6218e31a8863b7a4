import { Failure } from "../../failure.ts";

/** @throws Failure "interrupted" */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("interrupted", "Interrupted.");
}

/** Waits for what others began, and no longer than the signal lets. @throws Failure "interrupted" */
export async function untilAborted(others: Promise<unknown>, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop);
  others.then(stop, stop);
  await promise;
  signal.removeEventListener("abort", stop);
  throwIfAborted(signal);
}
