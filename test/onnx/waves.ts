/** Numbers that look random and follow from a name, as golden/architectures.py makes them. */
export const waves = (name: string, count: number, deviation: number, mean = 0): Float32Array => {
  const start = new TextEncoder().encode(name).reduce((sum, code) => sum + code, 0);
  return Float32Array.from({ length: count }, (_, i) => mean + deviation * Math.sin(i * 12.9898 + start));
};
