import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { indexDeclarations, placeDeclarations } from '../commands/search-place.js';
import { addOptions, readOptions } from '../options/declaration.js';

const read = (...line: string[]) => {
  const declarations = { ...placeDeclarations, ...indexDeclarations };
  const command = addOptions(new Command('search').argument('<question...>'), declarations);
  command.parse(line, { from: 'user' });
  const { in: folders, exclude } = readOptions(command, declarations);
  return { folders, exclude, question: command.args.join(' ') };
};

describe('oasis-full search', () => {
  it('keeps the question apart from the folders before it', () => {
    expect(read('--in', 'a', '--exclude', 'old/', 'parse', 'a', 'date')).toEqual({
      folders: ['a'],
      exclude: ['old/'],
      question: 'parse a date',
    });
    expect(read('parse a date', '--in', 'a', '--in', 'b')).toEqual({
      folders: ['a', 'b'],
      exclude: [],
      question: 'parse a date',
    });
  });
});
