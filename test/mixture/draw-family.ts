/** One part of a family: its kind, its share, and two parameters. */
export type FamilyPart = readonly [string, number, number, number];

/** Uniform numbers in (0, 1): mulberry32 read by counter. */
const uniforms = (seed: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => {
    const a = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  });

/** The same draws as golden/families.py makes. */
export const drawFamily = (parts: readonly FamilyPart[], seed: number, count: number): Float64Array => {
  const u = uniforms(seed, 3 * count);
  return Float64Array.from({ length: count }, (_, i) => {
    let j = 0;
    let edge = parts[0]![1];
    while (j < parts.length - 1 && u[3 * i]! >= edge) edge += parts[++j]![1];
    const [kind, , first, second] = parts[j]!;
    const uniform = u[3 * i + 1]!;
    const normal = Math.sqrt(-2 * Math.log(uniform)) * Math.cos(2 * Math.PI * u[3 * i + 2]!);
    if (kind === 'normal') return first + second * normal;
    if (kind === 'uniform') return first + (second - first) * uniform;
    if (kind === 'exponential') return first - second * Math.log(uniform);
    if (kind === 'lognormal') return Math.exp(first + second * normal);
    return (first + second * normal) ** 2;
  });
};
