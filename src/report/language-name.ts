const languageNames: Readonly<Record<string, string>> = {
  c: 'C',
  cpp: 'C++',
  csharp: 'C#',
  go: 'Go',
  java: 'Java',
  javascript: 'JavaScript',
  kotlin: 'Kotlin',
  php: 'PHP',
  python: 'Python',
  ruby: 'Ruby',
  rust: 'Rust',
  scala: 'Scala',
  swift: 'Swift',
  tsx: 'TSX',
  typescript: 'TypeScript',
};

/**
 * The usual name of a language, for the ids that `syntax` uses; any other id is returned unchanged.
 *
 * @example
 * ```ts
 * import { languageName } from 'oasis-embed/report';
 *
 * console.log(languageName('csharp'), languageName('cobol')); // C# cobol
 * ```
 */
export const languageName = (id: string): string =>
  Object.hasOwn(languageNames, id) ? (languageNames[id] ?? id) : id;
