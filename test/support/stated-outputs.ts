import { format, inspect } from 'node:util';
import ts from 'typescript';

/**
 * An example states what a statement gives in the comment behind it, or, where that is several lines, in the comments
 * on the lines that follow directly:
 *
 * - behind `console.log(…)` and `….print()`, what they print;
 * - behind another expression, its value, if the comment begins as a value does (`'`, `[`, `{`, a digit, `-`, `true`,
 *   `false`, `null`, `NaN`, `Infinity`, `about`, `near`).
 *
 * Quotes, commas, spaces at brackets and the names of typed arrays do not matter. `…` stands for any text. After
 * `about`, numbers are those given when rounded to the digits shown; after `near`, they are at most 0.01 off. An
 * explanation may follow after `: `.
 */
export interface StatedOutput {
  /** Within the example, from 1. */
  readonly line: number;
  readonly statement: string;
  readonly stated: string;
  /** What came: one entry each time that the statement ran. */
  readonly received: string[];
}

/** An example made ready to run: `code` reports to the recorder that is published under `key` on globalThis. */
export interface RecordedExample {
  readonly code: string;
  readonly outputs: readonly StatedOutput[];
}

const VALUE = /^(['"[{\d-]|(true|false|null|undefined|NaN|Infinity|about|near)\b)/;

const isLog = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === 'log' &&
  node.expression.expression.getText() === 'console';

/** The first `console.log(…)` within a statement, also one in a function that the statement passes on. */
const logWithin = (node: ts.Node): ts.CallExpression | undefined =>
  isLog(node) ? node : ts.forEachChild(node, logWithin);

const isPrint = (node: ts.Node): boolean =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === 'print';

/** The comment on the rest of the line, or the comment lines that follow without a blank one. */
const commentBehind = (code: string, end: number): string | null => {
  const rest = code.slice(end);
  const sameLine = /^[ \t]*\/\/ ?(.*)/.exec(rest);
  if (sameLine !== null) return sameLine[1]!.trim();
  const below = /^[ \t]*\n((?:[ \t]*\/\/.*(?:\n|$))+)/.exec(rest);
  return below === null ? null : below[1]!.replace(/^[ \t]*\/\/ ?/gm, '').trim();
};

/** Rewrites the statements of an example that state an output, so that the recorder hears what they give. */
export const recordOutputs = (code: string, key: string): RecordedExample => {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const outputs: StatedOutput[] = [];
  const edits: { at: number; end: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isExpressionStatement(node)) return;
    const { expression } = node;
    const stated = commentBehind(code, node.end);
    const log = logWithin(expression);
    const prints = log !== undefined || isPrint(expression);
    if (stated === null || (!prints && !VALUE.test(stated))) return;
    const [start, end] = [expression.getStart(file), expression.end];
    const recorder = `globalThis[${JSON.stringify(key)}][${outputs.length}]`;
    if (log !== undefined) {
      edits.push({ at: log.expression.getStart(file), end: log.expression.end, text: `${recorder}.log` });
    } else {
      const call = prints ? 'print(() => ' : 'value(';
      edits.push({ at: start, end: start, text: `${recorder}.${call}` }, { at: end, end, text: ')' });
    }
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    outputs.push({ line, statement: expression.getText(file), stated, received: [] });
  };
  visit(file);
  let recorded = code;
  for (const { at, end, text } of edits.sort((a, b) => b.at - a.at)) {
    recorded = recorded.slice(0, at) + text + recorded.slice(end);
  }
  return { code: recorded, outputs };
};

/** What the rewritten statements call, in their order. */
export const recorderOf = (outputs: readonly StatedOutput[]) =>
  outputs.map(({ received }) => ({
    log: (...values: readonly unknown[]) => {
      received.push(format(...values));
    },
    print: (run: () => unknown) => {
      const { log } = console;
      const lines: string[] = [];
      console.log = (...values: readonly unknown[]) => lines.push(format(...values));
      try {
        run();
      } finally {
        console.log = log;
      }
      received.push(lines.join('\n'));
    },
    value: <T>(value: T): T => {
      received.push(inspect(value));
      return value;
    },
  }));

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

const normalized = (text: string): string =>
  text
    .replace(/\b\w+Array\(\d+\) (?=\[)/g, '')
    .replace(/\bTensor\s+(?=\S)/, '')
    .replace(/['"`]/g, '')
    .replace(/,(?=\s|$)/g, '')
    .replace(/([[{(])\s+/g, '$1')
    .replace(/\s+([\]})])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();

/** Numbers of `received` by the rule of the statement's first word; null where the text around them differs. */
const numbersAgree = (
  stated: string,
  received: string,
  agrees: (stated: string, received: number) => boolean,
) => {
  const [expected, found] = [stated.match(NUMBER) ?? [], received.match(NUMBER) ?? []];
  const sameText = stated.replace(NUMBER, '#') === received.replace(NUMBER, '#');
  return (
    sameText &&
    expected.length === found.length &&
    expected.every((text, i) => agrees(text, Number(found[i])))
  );
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const holds = (stated: string, received: string): boolean => {
  const [, word, rest] = /^(about|near) (.*)$/s.exec(stated) ?? [];
  if (word === 'about') {
    return numbersAgree(rest!, received, (text, value) => {
      const digits = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
      return Math.abs(value - Number(text)) <= 0.5 * 10 ** -digits;
    });
  }
  if (word === 'near') {
    return numbersAgree(rest!, received, (text, value) => Math.abs(value - Number(text)) <= 0.01);
  }
  if (!stated.includes('…')) return stated === received;
  const pattern = stated
    .split('…')
    .map((part) => escaped(part.trim()))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(received);
};

/** Whether `received` is what `stated` says, whole or up to the explanation behind a colon. */
export const outputHolds = (stated: string, received: string): boolean => {
  const found = normalized(received);
  const withoutExplanation = stated.replace(/: .*$/s, '');
  return holds(normalized(stated), found) || holds(normalized(withoutExplanation), found);
};
