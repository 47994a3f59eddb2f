import { blanked, filled } from './blanked.js';

/** Only the compiler can tell what a condition asks of it. */
const CONDITION = /^([ \t]*#[ \t]*(?:el)?if[ \t])(.*\(\s*[<"].*)$/gm;
/** The name of a macro, by the custom of capitals with a bar. */
const MACRO = `[A-Z][A-Z0-9]*_[A-Z0-9_]*`;
const ARGUMENTS = String.raw`\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)`;
/** Alone on a line, which a body does not follow: FMT_BEGIN_NAMESPACE, Q_OBJECT, PRAGMA_GCC(optimize("Og")). */
const ALONE = new RegExp(String.raw`^([ \t]*)(${MACRO}(?:${ARGUMENTS})?)(?=[ \t]*$(?!\s*[{:]))`, 'gm');
/** Before a type, a name or a keyword: FMT_API void f(), class FMT_API A. */
const BEFORE = new RegExp(String.raw`\b${MACRO}(?:${ARGUMENTS})?(?=\s+[A-Za-z_~:\[])`, 'g');
/** Behind parameters: f() GTEST_LOCK_EXCLUDED_(mutex) {. */
const BEHIND = new RegExp(
  String.raw`(\)\s*(?:const\b\s*|noexcept\b\s*|override\b\s*|final\b\s*)*)(${MACRO}(?:${ARGUMENTS})?)(?=\s*(?:const\b|noexcept\b|override\b|->|[{;:]))`,
  'g',
);

/**
 * C++ in a form that the grammar reads: without macros that stand where the language has nothing. A function then begins
 * behind a macro in front of it.
 */
export const repairCpp = (source: string): string =>
  source
    .replace(CONDITION, (_, start: string, condition: string) => start + filled('1', condition.length))
    .replace(ALONE, (_, blanks: string, macro: string) => blanks + blanked(macro))
    .replace(BEHIND, (_, before: string, macro: string) => before + blanked(macro))
    .replace(BEFORE, blanked);
