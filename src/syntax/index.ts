export type { SyntaxCursor, SyntaxPoint } from './cursor.js';
export type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  FunctionKind,
  Grammar,
  LanguageDefinition,
  ModuleLink,
  ModuleRequest,
  NamedScope,
  SnippetWrapper,
} from './language-definition.js';
export { defineLanguage } from './languages/define-language.js';
export { headerLanguage, LANGUAGES, type LanguageId, languageOf } from './languages/index.js';
export { grammarVersion, type LoadLanguageOptions, loadLanguage } from './load-language.js';
export type { ParsedTree, RootedCursor } from './parsed-tree.js';
export { codeWithoutComments, stripComments } from './strip-comments.js';
export { subtokens } from './subtokens.js';
export { type SnippetFacts, SyntaxParser } from './syntax-parser.js';
export { type ReadSyntaxTreeOptions, readSyntaxTree, SyntaxTree } from './syntax-tree.js';
