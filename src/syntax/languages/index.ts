import type { LanguageDefinition } from '../language-definition.js';
import { c } from './c.js';
import { csharp } from './csharp.js';
import { go } from './go.js';
import { java } from './java.js';
import { javascript } from './javascript.js';
import { php } from './php.js';
import { python } from './python.js';
import { ruby } from './ruby.js';
import { tsx } from './tsx.js';
import { typescript } from './typescript.js';

/** The languages that can be read, by the names used everywhere else. */
export const LANGUAGES = {
  python,
  java,
  javascript,
  typescript,
  tsx,
  csharp,
  c,
  ruby,
  php,
  go,
} satisfies Record<string, LanguageDefinition>;

export type LanguageId = keyof typeof LANGUAGES;

// Pure, as are the definitions themselves: a bundle that needs no language carries none.
const byExtension = /* @__PURE__ */ (() =>
  new Map(
    Object.entries(LANGUAGES).flatMap(([id, { extensions }]) =>
      extensions.map((extension) => [extension as string, id as LanguageId] as const),
    ),
  ))();

/**
 * The language of a file by its name's extension, in any case; null for one that is not read.
 *
 * @example
 * ```ts
 * import { languageOf } from 'oasis-embed/syntax';
 * languageOf('src/app.tsx'); // 'tsx'
 * languageOf('README.md'); // null
 * ```
 */
export const languageOf = (path: string): LanguageId | null => {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? null : (byExtension.get(name.slice(dot).toLowerCase()) ?? null);
};
