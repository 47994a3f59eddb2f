import type { Suite, Work } from './suite.js';

export interface Chosen {
  readonly room: string;
  readonly work: Work;
}

/**
 * The works that the words of a command line name: a room (`losses`), a work (`cosent`), or both (`losses/cosent`). A
 * room beside works narrows the choice to them: `losses cosent` is CoSENT of the losses alone.
 *
 * @throws {RangeError} For a word that names nothing.
 */
export const filterWorks = (suites: readonly Suite[], words: readonly string[]): Chosen[] => {
  const all = suites.flatMap(({ room, works }) => works.map((work) => ({ room, work })));
  const rooms = new Set(words.filter((word) => suites.some(({ room }) => room === word)));
  const names = words.filter((word) => !rooms.has(word));
  const isNamed = ({ room, work }: Chosen, name: string) =>
    name === work.name || name === `${room}/${work.name}`;
  for (const name of names) {
    if (all.some((one) => isNamed(one, name) && (rooms.size === 0 || rooms.has(one.room)))) continue;
    const known = all.filter(({ room }) => rooms.size === 0 || rooms.has(room)).map(({ work }) => work.name);
    throw new RangeError(
      `expected rooms (${suites.map(({ room }) => room).join(', ')}) or works (${known.join(', ')}), received ${name}`,
    );
  }
  const works = all.filter(({ room }) => rooms.size === 0 || rooms.has(room));
  // A room without a work of its own among the names is taken whole.
  return works.filter(
    (one) =>
      names.length === 0 ||
      names.some((name) => isNamed(one, name)) ||
      (rooms.has(one.room) &&
        !names.some((name) => works.some((other) => other.room === one.room && isNamed(other, name)))),
  );
};
