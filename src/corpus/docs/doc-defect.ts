/** Why a doc does not describe its function. */
export type DocDefect =
  | 'inherited-docstring'
  | 'directive'
  | 'license'
  | 'url'
  | 'unfinished'
  | 'not-prose'
  | 'question';

const INHERITED =
  /@inherit-?doc|@override\s*$|^\s*(inherit(ed|s)? (doc|from)|see (super|base|parent|overridden)|overrides? (super|base|parent))\b|^\s*@(see|override|copydoc)\b[^\n]*$|<inheritdoc/i;
const DIRECTIVE =
  /^\W*(eslint|jshint|jslint|jscs|tslint|istanbul|c8|prettier|biome|@ts-|#__|global|globals|noinspection|nolint|noqa|pylint|rubocop|:nodoc:|:startdoc:|:stopdoc:|#?region|#?endregion|stylelint|webpackChunkName|pragma)\b/i;
const LICENSE =
  /\b(copyright|licen[sc]ed? (under|to|by)|all rights reserved|spdx-license|permission is hereby granted|apache license|mit license|redistribution and use)\b|@license\b|\(c\) \d{4}/i;
const UNFINISHED =
  /^\W*(todo|fixme|xxx|hack|tbd|tbc|wip|not (yet )?implemented|auto-generated (method|constructor) stub|description (of|here)|\[?insert description|missing description|no description)\b/i;
const URL_ONLY =
  /^\W*(see:?\s*|from:?\s*|source:?\s*|ref:?\s*|reference:?\s*|via:?\s*|https?:)?\s*(\w+:\/\/\S+\s*)+\.?$/i;
const QUESTION =
  /^(why|what (if|about)|should|shouldn't|do (we|i)|can (we|i)|could (we|i)|where (is|do|does)|how (do|does|to|come))\b[^.!]*\?\s*$/i;
const CODE_LINE =
  /[;{}]\s*$|=>|^\s*(var|let|const|return|if|for|while|import|export|function|def|class|public|private|#include)\b.*[=({;]|^\s*\w+(\.\w+)*\([^)]*\)\s*[;:]?$|[=!]==|&&|\|\|/;

/**
 * What keeps a doc from being a description of its function, or null: it is inherited, speaks to a tool, is a
 * license, a bare link, a to-do, commented-out code, or hardly words at all.
 *
 * @param summary The doc's summary.
 * @param doc The whole doc without comment marks.
 */
export const docDefect = (summary: string, doc: string): DocDefect | null => {
  if (INHERITED.test(doc)) return 'inherited-docstring';
  if (DIRECTIVE.test(summary)) return 'directive';
  if (LICENSE.test(summary)) return 'license';
  if (UNFINISHED.test(summary)) return 'unfinished';
  if (URL_ONLY.test(summary) || /^[\w@.-]*[/\\]\S+$/.test(summary)) return 'url';
  if (QUESTION.test(summary)) return 'question';
  const letters = summary.match(/\p{L}/gu)?.length ?? 0;
  const visible = summary.replace(/\s+/g, '').length;
  if (letters < 3 || letters < 0.5 * visible) return 'not-prose';
  if (CODE_LINE.test(summary) && !/[.!]$/.test(summary)) return 'not-prose';
  return null;
};
