/** The first tensor that holds a number that is not finite, by name; null where none does. */
export const firstNotFinite = (
  tensors: Iterable<readonly [name: string, tensor: { readonly data: ArrayLike<number> }]>,
): string | null => {
  for (const [name, { data }] of tensors)
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return name;
  return null;
};
