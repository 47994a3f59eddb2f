/**
 * What every loss on typed arrays returns: its value, and its gradients in the order of the arguments they belong to.
 */
export interface ValueAndGradients<Gradients extends readonly unknown[], Value = number> {
  /** L, computed in float64. */
  readonly value: Value;
  /** ∂L/∂argument, each in the shape of its argument, computed in float64 and rounded to float32. */
  readonly gradients: Gradients;
  /** ∂L/∂τ, for those who train the temperature; 0 where nothing is compared. */
  readonly temperatureGradient: number;
}
