/** ln Γ(x) for x > 0, to about 1e-14 relative: recurrence up to 10, then Stirling's series. */
export const logGamma = (x: number): number => {
  let shift = 0;
  let product = 1;
  let z = x;
  while (z < 10) {
    product *= z;
    z += 1;
    if (product > 1e200) {
      shift += Math.log(product);
      product = 1;
    }
  }
  shift += Math.log(product);
  const r = 1 / (z * z);
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
};

/** ψ(x) = d ln Γ/dx for x > 0. */
export const digamma = (x: number): number => {
  let value = 0;
  let z = x;
  while (z < 10) {
    value -= 1 / z;
    z += 1;
  }
  const r = 1 / (z * z);
  const series =
    r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - (r * 691) / 32760)))));
  return value + Math.log(z) - 0.5 / z - series;
};

/** ψ′(x) for x > 0. */
export const trigamma = (x: number): number => {
  let value = 0;
  let z = x;
  while (z < 10) {
    value += 1 / (z * z);
    z += 1;
  }
  const r = 1 / (z * z);
  const series = r * (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * (5 / 66 - (r * 691) / 2730)))));
  return value + (1 + 0.5 / z + series) / z;
};
