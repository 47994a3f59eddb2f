import type { Command } from 'commander';
import { addOptions, addSpellings, type Declarations, readOptions, type ValuesOf } from './declaration.js';

/** A command, declared once: its help, its operand and its options. */
export interface CommandDeclaration<D extends Declarations> {
  readonly name: string;
  readonly help: string;
  /** `<pair>` or `<question...>` with its help; several words are joined by blanks, and given one by one as well. */
  readonly operand?: readonly [syntax: string, help: string];
  readonly options: D;
  readonly action: (options: ValuesOf<D>, operand: string, operands: readonly string[]) => Promise<void>;
}

/** Adds a command to the program. */
export const defineCommand = <const D extends Declarations>(
  program: Command,
  { name, help, operand, options, action }: CommandDeclaration<D>,
): void => {
  const command = program.command(name).description(help);
  if (operand !== undefined) command.argument(...operand);
  addSpellings(command, options, operand === undefined);
  addOptions(command, options).action(async () => {
    await action(readOptions(command, options), command.args.join(' '), command.args);
  });
};
