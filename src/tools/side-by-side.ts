const AT_ONCE = 4;

/** What `run` makes of each item, in the order of the items; a few run at a time. */
export async function mapSideBySide<In, Out>(
  items: readonly In[],
  run: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  const pending = items.entries();
  const work = async () => {
    for (const [index, item] of pending) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
