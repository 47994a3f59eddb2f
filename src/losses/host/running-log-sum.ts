/** log Σ exp(x) of terms that come one by one: exp(largest) · sum, rescaled when a larger one comes, so nothing overflows. */
export const runningLogSum = () => {
  let largest = -Infinity;
  let sum = 0;
  return {
    add: (term: number): void => {
      if (term > largest) {
        sum = sum * Math.exp(largest - term) + 1;
        largest = term;
      } else if (term !== -Infinity) sum += Math.exp(term - largest);
    },
    /** −∞ for the empty sum. */
    value: (): number => largest + Math.log(sum),
  };
};
