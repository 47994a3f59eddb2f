/** log Σ exp(x) of terms that come one by one: exp(largest) · sum, rescaled when a larger one comes, so nothing overflows. */
export class RunningLogSum {
  #largest = -Infinity;
  #sum = 0;
  #value = -Infinity;
  #known = true;

  add(term: number): void {
    if (term === -Infinity) return;
    this.#known = false;
    if (term > this.#largest) {
      this.#sum = this.#sum * Math.exp(this.#largest - term) + 1;
      this.#largest = term;
    } else this.#sum += Math.exp(term - this.#largest);
  }

  /** −∞ for the empty sum. */
  get value(): number {
    if (!this.#known) {
      this.#value = this.#largest + Math.log(this.#sum);
      this.#known = true;
    }
    return this.#value;
  }

  clear(): void {
    this.#largest = -Infinity;
    this.#sum = 0;
    this.#value = -Infinity;
    this.#known = true;
  }
}
