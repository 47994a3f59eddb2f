import type { LanguageDefinition } from '../language-definition.js';
import { c } from './c.js';
import { cpp, isCppHeader } from './cpp.js';
import { csharp } from './csharp.js';
import { go } from './go.js';
import { java } from './java.js';
import { javascript } from './javascript.js';
import { kotlin } from './kotlin.js';
import { php } from './php.js';
import { python } from './python.js';
import { ruby } from './ruby.js';
import { rust } from './rust.js';
import { scala } from './scala.js';
import { swift } from './swift.js';
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
  rust,
  cpp,
  kotlin,
  swift,
  scala,
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
 * `.h` is C: whether it is C++ its content tells, see {@link headerLanguage}.
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

/**
 * Whether a `.h` file is C or C++, by its content: what C has no word for, outside of comments and of what
 * `#ifdef __cplusplus` shows to C++ alone, makes it C++.
 *
 * @example
 * ```ts
 * import { headerLanguage } from 'oasis-embed/syntax';
 * headerLanguage('namespace a { int f(); }'); // 'cpp'
 * headerLanguage('int f(void);'); // 'c'
 * ```
 */
export const headerLanguage = (text: string): 'c' | 'cpp' => (isCppHeader(text) ? 'cpp' : 'c');
