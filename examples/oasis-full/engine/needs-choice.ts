/** Something that the person must choose: another try would find the same, and nothing that was done is lost. */
export class NeedsChoice extends Error {
  override readonly name = 'NeedsChoice';
}
