/** Distinct texts in the order of their first appearance, and for every text its row among them. */
export const distinct = (
  texts: readonly string[],
): { readonly texts: string[]; readonly rows: Uint32Array } => {
  const rowOf = new Map<string, number>();
  const rows = new Uint32Array(texts.length);
  texts.forEach((text, i) => {
    const row = rowOf.get(text) ?? rowOf.size;
    rowOf.set(text, row);
    rows[i] = row;
  });
  return { texts: [...rowOf.keys()], rows };
};
