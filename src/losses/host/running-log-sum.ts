/** log Σ exp(x) of terms that come one by one: exp(largest) · sum, rescaled when a larger one comes, so nothing overflows. */
export class RunningLogSum {
  #largest = -Infinity;
  #sum = 0;

  add(term: number): void {
    if (term > this.#largest) {
      this.#sum = this.#sum * Math.exp(this.#largest - term) + 1;
      this.#largest = term;
    } else if (term !== -Infinity) this.#sum += Math.exp(term - this.#largest);
  }

  /** −∞ for the empty sum. */
  get value(): number {
    return this.#largest + Math.log(this.#sum);
  }

  clear(): void {
    this.#largest = -Infinity;
    this.#sum = 0;
  }
}
