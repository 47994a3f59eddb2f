import { blanked, filled } from './blanked.js';

/** Conditions of directives and what they close; both branches remain, as what is compiled is not known. */
const CONDITIONAL = /^[ \t]*#[ \t]*(?:if|elseif|else|endif)\b.*$/gm;
const AVAILABLE = /#(?:un)?available\s*\([^()\n]*\)/g;
/** Macros and expressions with a mark in front: `#selector(…)`, `#function`, `#expect(…)`. */
const MARKED = /#(?=[A-Za-z_]\w*)/g;
/** The grammar's scanner reads such strings only as the first of its life. */
const RAW_STRING = /#"((?:(?!"#)[^\n])*)"#/g;
/** A string with marks around it is no macro. */
const isAfterCode = (source: string, at: number): boolean => !/["#]/.test(source[at - 1] ?? '');

/** Swift in a form that the grammar reads: without conditions and marks, and with plain strings. */
export const repairSwift = (source: string): string =>
  source
    .replace(CONDITIONAL, blanked)
    .replace(AVAILABLE, (text) => (text.includes('\n') ? text : filled('true', text.length)))
    .replace(RAW_STRING, (_, text: string) => ` "${text.replace(/["\\]/g, "'")}" `)
    .replace(MARKED, (mark, at: number) => (isAfterCode(source, at) ? '_' : mark));
