/** A piece of work that got as far as it could; the same command takes it up where it stands. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
}
