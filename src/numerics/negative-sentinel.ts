/**
 * Stands for log 0 beside numbers that were moved to be at least −1,000: exp of the difference is exactly 0. Finite,
 * because WGSL may assume that no infinity occurs, and twice as much still fits textures of 16-bit floats. Never added to
 * scores as they come, which have no bounds: what is to be ignored is masked by selection.
 */
export const NEGATIVE_SENTINEL = -30_000;
