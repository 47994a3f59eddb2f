/** Tensors by name, in whatever files. */
export interface WeightsSource {
  /** Named in errors. */
  readonly path: string;
  readonly names: ReadonlySet<string>;
  /** Whether anything may stand before a name, if only one tensor's name ends with it. */
  readonly allowsPrefix: boolean;
  shape(name: string): readonly number[] | undefined;
  /** @throws Error naming file and tensor when a value is NaN or infinite. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}
