/**
 * What one entry of a corpus is:
 * - `function`: a named function or method with a body;
 * - `class`: a class, interface, struct, trait, module, enumeration or type alias with its members, and each
 *   function that stands outside of any;
 * - `file`: a whole file;
 * - `module`: all that a file declares, each by itself: the functions and methods of `function`, the classes and
 *   types of `class` beside them, constants with a doc, and the code that runs at the top of a file. Calls are
 *   those of functions and of a file's own code.
 */
export type Granularity = 'function' | 'class' | 'file' | 'module';

/** What a {@link CodeFunction} is: a kind of function, or what else a {@link Granularity} asks for. */
export type UnitKind =
  | 'function'
  | 'method'
  | 'constructor'
  | 'accessor'
  | 'class'
  | 'constant'
  | 'module'
  | 'file';
