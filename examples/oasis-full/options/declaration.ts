import { type Command, Option } from 'commander';
import { type NumberRule, numberOption } from './number-option.js';

/** The results that change with an option: it is part of their keys. */
export type KeyName =
  | 'corpus'
  | 'pairs'
  | 'labels'
  | 'docstrings'
  | 'refinement'
  | 'judge'
  | 'training'
  | 'evaluation';

export interface DeclarationExtras<Value> {
  /** What depends on it; none where it only says where, how fast or how chattily. */
  readonly keys?: readonly KeyName[];
  /** Turns what commander read into the value. */
  readonly convert?: (raw: never) => Value;
  /** The flag it excludes, in commander's spelling of its name. */
  readonly conflicts?: string;
  /** Another spelling, which help does not list. */
  readonly alias?: string;
  /** Whether the operand of a command that has no other is this option's value. */
  readonly operand?: boolean;
  /** The command does not start without it; its fallback is never used. */
  readonly required?: boolean;
}

/** An option, declared once: its flag, type, default, help and the keys that it is part of. */
export interface Declaration<Value> extends DeclarationExtras<Value> {
  readonly flags: string;
  readonly help: string;
  readonly fallback: Value;
  readonly choices?: readonly string[];
  readonly parse?: (text: string, previous: never) => unknown;
}

export type Declarations = Readonly<Record<string, Declaration<unknown>>>;

/** The values of declared options, by their names. */
export type ValuesOf<D> = {
  readonly [Name in keyof D]: D[Name] extends Declaration<infer Value> ? Value : never;
};

/** One of a few words. */
export const choice = <const Word extends string>(
  flags: string,
  help: string,
  choices: readonly Word[],
  fallback: Word,
  extras: DeclarationExtras<Word> = {},
): Declaration<Word> => ({ flags, help, choices, fallback, ...extras });

/** A number within bounds; null where it may be left open. */
export const numeric = <Fallback extends number | null>(
  flags: string,
  help: string,
  rule: NumberRule,
  fallback: Fallback,
  extras: DeclarationExtras<number | Extract<Fallback, null>> = {},
): Declaration<number | Extract<Fallback, null>> => ({
  flags,
  help,
  parse: numberOption(rule),
  fallback: fallback as number | Extract<Fallback, null>,
  ...extras,
});

/** A text, a list of texts, or what `convert` makes of them. */
export const words = <Value = string | null>(
  flags: string,
  help: string,
  fallback: NoInfer<Value>,
  extras: DeclarationExtras<Value> = {},
): Declaration<Value> => ({ flags, help, fallback, ...extras });

/** What a parser of its own reads. */
export const parsed = <Read, Fallback>(
  flags: string,
  help: string,
  parse: (text: string, previous: never) => Read,
  fallback: Fallback,
  extras: DeclarationExtras<Read | Fallback> = {},
): Declaration<Read | Fallback> => ({ flags, help, parse, fallback, ...extras });

/** A list of texts, one each time the flag is given: what follows the text is no part of it. */
export const repeated = (flags: string, help: string): Declaration<readonly string[]> => ({
  flags,
  help,
  parse: (text, previous: readonly string[] | undefined) => [...(previous ?? []), text],
  fallback: [],
});

/** A list of numbers within bounds. */
export const numbers = (flags: string, help: string, rule: NumberRule): Declaration<readonly number[]> => {
  const parse = numberOption(rule);
  return {
    flags,
    help,
    parse: (text, previous: readonly number[] | undefined) => [...(previous ?? []), parse(text)],
    fallback: [],
  };
};

/** A list of a few words. */
export const choices = <const Word extends string>(
  flags: string,
  help: string,
  known: readonly Word[],
): Declaration<readonly Word[]> => ({ flags, help, choices: known, fallback: [] });

/** On or off; a flag that starts with --no- switches off. */
export const toggle = (
  flags: string,
  help: string,
  extras: DeclarationExtras<boolean> = {},
): Declaration<boolean> => ({ flags, help, fallback: flags.startsWith('--no-'), ...extras });

// A switch that is off by default need not say so.
const isShown = (value: unknown): boolean => ['string', 'number'].includes(typeof value);

const optionOf = (declaration: Declaration<unknown>): Option => {
  const { flags, help, fallback, choices, parse, conflicts, required } = declaration;
  const option = new Option(flags, help);
  if (choices !== undefined) option.choices(choices);
  if (parse !== undefined) option.argParser(parse as (text: string, previous: unknown) => unknown);
  if (conflicts !== undefined) option.conflicts(conflicts);
  if (required === true) option.makeOptionMandatory();
  else if (isShown(fallback)) option.default(fallback);
  return option;
};

/** Adds declared options to a command, under a heading of its help. */
export const addOptions = (command: Command, declarations: Declarations, heading?: string): Command => {
  for (const declaration of Object.values(declarations)) {
    const option = optionOf(declaration);
    if (heading !== undefined) option.helpGroup(heading);
    command.addOption(option);
  }
  return command;
};

/** The value of every declared option of a command that was parsed. */
export const readOptions = <const D extends Declarations>(command: Command, declarations: D): ValuesOf<D> =>
  Object.fromEntries(
    Object.entries(declarations).map(([name, declaration]) => {
      const raw: unknown = command.getOptionValue(optionOf(declaration).attributeName());
      if (raw === undefined) return [name, declaration.fallback];
      return [name, declaration.convert === undefined ? raw : declaration.convert(raw as never)];
    }),
  ) as ValuesOf<D>;

/** The values that stand where nothing is said. */
export const defaultsOf = <const D extends Declarations>(declarations: D): ValuesOf<D> =>
  Object.fromEntries(
    Object.entries(declarations).map(([name, { fallback }]) => [name, fallback]),
  ) as ValuesOf<D>;

/** Whether somebody gave the option, on the command line or by a preset. */
export const isGiven = (command: Command, declaration: Declaration<unknown>): boolean => {
  const source = command.getOptionValueSource(optionOf(declaration).attributeName());
  return source !== undefined && source !== 'default';
};

/** Gives options the values of a preset where the command line says nothing. */
export const applyValues = <D extends Declarations>(
  command: Command,
  declarations: D,
  values: Partial<ValuesOf<D>>,
): void => {
  for (const [name, value] of Object.entries(values)) {
    const declaration = declarations[name]!;
    if (isGiven(command, declaration)) continue;
    command.setOptionValueWithSource(optionOf(declaration).attributeName(), value, 'config');
  }
};

/** Lets an option be given as the operand, or by its other spelling. */
export const addSpellings = (command: Command, declarations: Declarations, takesOperand: boolean): void => {
  for (const declaration of Object.values(declarations)) {
    const option = optionOf(declaration);
    const { alias, operand = false, help } = declaration;
    const set = (text: unknown) => command.setOptionValueWithSource(option.attributeName(), text, 'cli');
    if (operand && takesOperand) command.argument(`[${option.attributeName()}]`, help);
    const isTaken = Object.values(declarations).some(({ flags }) => flags === alias);
    const other = alias === undefined || isTaken ? null : new Option(alias).hideHelp();
    if (other !== null) command.addOption(other);
    command.hook('preAction', () => {
      const spelled = other === null ? undefined : command.getOptionValue(other.attributeName());
      if (spelled !== undefined) set(spelled);
      if (operand && takesOperand && command.args.length > 0) set(command.args[0]);
    });
  }
};

/** The flag alone: `--lora-rank`. */
export const flagOf = ({ flags }: Declaration<unknown>): string => flags.split(' ', 1)[0]!;

/** Of an object of option values, those that are part of a key, in the order of their declaration. */
export const keyedBy = <D extends Declarations>(
  declarations: D,
  key: KeyName,
  values: ValuesOf<D>,
): Partial<ValuesOf<D>> =>
  Object.fromEntries(
    Object.entries(declarations)
      .filter(([, { keys = [] }]) => keys.includes(key))
      .map(([name]) => [name, values[name]]),
  ) as Partial<ValuesOf<D>>;
