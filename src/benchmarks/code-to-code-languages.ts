/** The languages of Code2Code. */
export type CodeToCodeLanguage =
  | 'python'
  | 'java'
  | 'javascript'
  | 'typescript'
  | 'csharp'
  | 'c'
  | 'ruby'
  | 'php'
  | 'go';

/** What the paper calls the task of each, and how many programs it has. */
export const CODE_TO_CODE_PROGRAMS: Readonly<Record<CodeToCodeLanguage, readonly [string, number]>> = {
  python: ['Code2Code Python', 15594],
  java: ['Code2Code Java', 23530],
  javascript: ['Code2Code JavaScript', 6866],
  typescript: ['Code2Code TypeScript', 3385],
  csharp: ['Code2Code C#', 11952],
  c: ['Code2Code C', 11260],
  ruby: ['Code2Code Ruby', 11744],
  php: ['Code2Code PHP', 6782],
  go: ['Code2Code Go', 9720],
};

/** The languages of Code2Code, in the order of the paper's table. */
export const CODE_TO_CODE_LANGUAGES = Object.keys(CODE_TO_CODE_PROGRAMS) as readonly CodeToCodeLanguage[];
