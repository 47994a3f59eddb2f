import type { SyntaxTree } from './syntax-tree.js';

/** Where a grammar lives: its npm package, the .wasm in it, and the export of its native binding. */
export interface Grammar {
  readonly package: string;
  readonly wasm: string;
  /** Property of the native package that holds the language, when it exports several. */
  readonly nativeExport?: string;
}

/** Text put around a lone function so that it parses. */
export interface SnippetWrapper {
  readonly prefix: string;
  readonly suffix: string;
}

/** What the rules of a language say about one function node. Node numbers index the {@link SyntaxTree}. */
export interface FunctionHead {
  /** Null for a function without a name of its own; the module's default export takes the file's name. */
  readonly name: string | null;
  readonly isDefaultExport: boolean;
  readonly kind: FunctionKind;
  /** Names in front of the function's own that its scopes do not give: `Foo` in `Foo.prototype.bar = …`. */
  readonly owner: readonly string[];
  /** True where `owner` stands for a class whose `this` is the receiver. */
  readonly ownerIsClass: boolean;
  /** The node whose text is the function's source, its name included. */
  readonly outer: number;
  /** A sibling before `outer` at which the source begins, where the grammar parts a function in several nodes. */
  readonly from?: number;
  /** The node above which the doc comment stands. */
  readonly anchor: number;
  /** The body, or -1 for a declaration without one. */
  readonly body: number;
  /** True when a bare name reaches it from its scope; false for what is called on a receiver. */
  readonly isLexical: boolean;
  /** True when other files cannot call it by its name: `static` in C. */
  readonly isFileLocal: boolean;
  readonly parameters: readonly string[];
  /** Fewest and most arguments a call may pass. */
  readonly arity: readonly [fewest: number, most: number];
}

export type FunctionKind = 'function' | 'method' | 'constructor' | 'accessor';

/** A call as written. */
export interface CallSite {
  readonly name: string;
  /**
   * What stands before the name: null for a bare name, `this` or `super` for the own class, a dotted path of
   * identifiers, or `?` for any other expression.
   */
  readonly receiver: string | null;
  /** The class of a receiver that is no path, where a cast or a construction names it. */
  readonly receiverType?: string;
  /** Arguments passed, or -1 when a spread hides the number. */
  readonly arity: number;
  readonly isConstruction: boolean;
  /** True for what may be no call at all, such as a bare word in Ruby: no guess is made on its name alone. */
  readonly isTentative?: boolean;
}

/** A variable, parameter or field, with the class that its declaration or its first value names. */
export interface Binding {
  /** `this.x` for a field that a method sets. */
  readonly name: string;
  readonly type: string | null;
}

/** How a file is tied to others. */
export type ModuleLink =
  | { readonly kind: 'import'; readonly local: string; readonly module: string; readonly imported: string }
  | { readonly kind: 'export'; readonly exported: string; readonly local: string }
  | {
      readonly kind: 'reexport';
      readonly exported: string;
      readonly module: string;
      readonly imported: string;
    };

/** A module name and the repository it is looked up in. */
export interface ModuleRequest {
  readonly module: string;
  /** The file that names the module. */
  readonly path: string;
  readonly hasFile: (path: string) => boolean;
  /** Files of a folder that are read, or none. */
  readonly filesIn: (folder: string) => readonly string[];
  /** Files by their base name, wherever they are. */
  readonly filesNamed: (name: string) => readonly string[];
  /** Folders of packages by name, and their entry files: `package.json` with `name` and `main`. */
  readonly packages: ReadonlyMap<string, string>;
  readonly mains: ReadonlyMap<string, string>;
}

/** A scope that gives a name to what stands in it. */
export interface NamedScope {
  readonly name: string;
  readonly kind: 'class' | 'namespace';
  /** Names in front of its own: `A` and `B` of `class A::B::C`. */
  readonly owner?: readonly string[];
  /** True for one that holds all that follows it: a file-scoped namespace. */
  readonly isOpenEnded?: boolean;
  readonly superTypes: readonly string[];
}

/** A doc comment without its marks, and the node inside the function to leave out of its code (or -1). */
export interface AuthorDoc {
  readonly text: string;
  readonly inside: number;
}

/**
 * Everything this package knows about a language: a new language is one object of this type and a line in the
 * table of languages.
 */
export interface LanguageDefinition {
  readonly extensions: readonly string[];
  readonly grammar: Grammar;
  readonly functionKinds: ReadonlySet<string>;
  /** Kinds that are functions in some places only, which `describeFunction` tells: a lambda that is a field's value. */
  readonly functionLikeKinds?: ReadonlySet<string>;
  readonly scopeKinds: ReadonlySet<string>;
  /** Nodes around a class that belong to its text when it stands in them alone: decorators, `export`. */
  readonly classWrappers: ReadonlySet<string>;
  /** Scopes that are never a class as one reads it: object literals. */
  readonly looseScopeKinds: ReadonlySet<string>;
  /** Declarations of types that hold no functions: interfaces, aliases, enumerations, structs. */
  readonly typeKinds: ReadonlySet<string>;
  /** Declarations of variables and constants that a module may have at its top. */
  readonly constantKinds: ReadonlySet<string>;
  readonly callKinds: ReadonlySet<string>;
  readonly linkKinds: ReadonlySet<string>;
  readonly bindingKinds: ReadonlySet<string>;
  readonly commentKinds: ReadonlySet<string>;
  /** Nodes whose lines must keep their indentation: multi-line strings, templates, heredocs. */
  readonly stringKinds: ReadonlySet<string>;
  /** Node kinds whose children's field names are read; the others' are not, to save time. */
  readonly fieldParents: ReadonlySet<string>;
  readonly snippetWrappers: readonly SnippetWrapper[];
  /** Words that name no function: what bears one was taken for a function by the parser's recovery from an error. */
  readonly reservedWords?: ReadonlySet<string>;
  /** True where a bare call inside a class may mean a method of that class (Java, C#, Ruby). */
  readonly hasImplicitReceiver: boolean;
  /** True where all files of a folder share their names (Go, Java, C#, C, PHP). */
  readonly sharesFolderScope: boolean;
  /** True where every top-level name of a file can be imported from it. */
  readonly exportsEverything: boolean;
  /** True where tools take plain comments above a declaration for its doc (Go, Ruby). */
  readonly hasPlainDocs: boolean;
  /** True where a class is known by its name in the whole repository once no nearer one has it. */
  readonly hasGlobalClasses: boolean;
  /**
   * A text that the grammar understands, of the same length, for a file in which it finds errors that are its own;
   * all text still comes from the file. Left out where the grammar can be trusted.
   */
  repairSource?(source: string): string;
  /** What a file lacks at its start for the grammar to take it for code, or '': `<?php`. */
  missingStart?(source: string): string;
  describeFunction(tree: SyntaxTree, node: number): FunctionHead | null;
  describeScope(tree: SyntaxTree, node: number): NamedScope | null;
  describeCall(tree: SyntaxTree, node: number): CallSite | null;
  describeLinks(tree: SyntaxTree, node: number): readonly ModuleLink[];
  /** Names that a node binds in the scope around it and that are not functions or classes themselves. */
  describeBindings(tree: SyntaxTree, node: number): readonly Binding[];
  /** Paths of the repository that a module name in a file stands for, the likeliest first. */
  resolveModule(request: ModuleRequest): readonly string[];
  /** The module that a name imported from a module is, if it is one: `a.b` for `from a import b`. */
  submodule(module: string, name: string): string | null;
  /** Method names of the standard library: too common to be resolved by uniqueness. */
  readonly commonNames: ReadonlySet<string>;
  /** Objects that the language's platform provides: what is called on them is not of the repository. */
  readonly platformObjects?: ReadonlySet<string>;
  findDoc(tree: SyntaxTree, node: number, head: FunctionHead): AuthorDoc | null;
  /** The doc of a constant where it stands elsewhere than a function's would. */
  findConstantDoc?(tree: SyntaxTree, node: number): AuthorDoc | null;
}
