/**
 * What one entry of a corpus is:
 * - `function`: a named function or method with a body;
 * - `class`: a class, interface, struct, trait, module or enumeration with its members, and each function that
 *   stands outside of any;
 * - `file`: a whole file.
 */
export type Granularity = 'function' | 'class' | 'file';

/** What a {@link CodeFunction} is: a kind of function, or at a coarser granularity a class or a file. */
export type UnitKind = 'function' | 'method' | 'constructor' | 'accessor' | 'class' | 'file';
