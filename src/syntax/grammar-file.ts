import { LANGUAGES, type LanguageId } from './languages/index.js';
import { missingPackage, resolveFile } from './tree-sitter-binding.js';

/** A package that holds the grammars of most languages: a tenth of what their own packages weigh together. */
const COLLECTION = '@repomix/tree-sitter-wasms';

/** A grammar's .wasm: how it is asked for, and where it lies. */
export interface GrammarFile {
  readonly request: string;
  readonly file: string;
}

/** The grammar of a language, from its own package or, where that is not installed, from the collection. */
export const findGrammar = async (language: LanguageId, from: string): Promise<GrammarFile> => {
  const { package: own, wasm } = LANGUAGES[language].grammar;
  for (const request of [`${own}/${wasm}`, `${COLLECTION}/out/${wasm}`]) {
    const file = await resolveFile(request, from);
    if (file !== null) return { request, file };
  }
  throw missingPackage(own, language);
};
