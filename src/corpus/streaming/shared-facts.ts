import type { ModuleLink } from '../../syntax/index.js';
import type { CalledFunction, CallFacts } from '../calls/target.js';
import type { FoundClass, FoundScope } from '../extraction/file-facts.js';

/** What a file's own calls are resolved by: its facts without the texts of its functions. */
export const withoutTexts = ({ functions, scopes, calls, links, classes }: CallFacts): CallFacts => ({
  functions: functions.map(({ name, qualifiedName, className, signature, head }) => ({
    name,
    qualifiedName,
    className,
    signature,
    head: headOf(head),
  })),
  scopes,
  calls,
  links,
  classes,
});

const headOf = ({
  kind,
  owner,
  ownerIsClass,
  isLexical,
  isFileLocal,
  arity,
}: CalledFunction['head']): CalledFunction['head'] => ({
  kind,
  owner,
  ownerIsClass,
  isLexical,
  isFileLocal,
  arity,
});

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * Takes out of the facts of files what the calls of other files may ask for, in as little memory as it can: one copy of
 * each text and of each kind of head, no calls, and no scope but the outermost.
 */
export class SharedFacts {
  readonly #texts = new Map<string, string>();
  readonly #heads = new Map<string, CalledFunction['head']>();

  /** The one copy of a text. A text cut from a file would hold all of it. */
  text(text: string): string {
    let known = this.#texts.get(text);
    if (known === undefined) {
      known = Buffer.from(text, 'utf16le').toString('utf16le');
      this.#texts.set(known, known);
    }
    return known;
  }

  of({ functions, scopes, links, classes }: CallFacts): CallFacts {
    const numbers = new Map<string, string>();
    return {
      functions: functions.map(({ name, qualifiedName, className, signature, head }) => ({
        name: this.text(name),
        // Others ask whether two functions of one file share it.
        qualifiedName: this.#numbered(qualifiedName, numbers),
        className: className === null ? null : this.text(className),
        // Of others' signatures it is asked whether they extend a type, as C# does.
        signature: /\(\s*this\s/.test(signature) ? '(this ' : '',
        head: this.#head(head),
      })),
      scopes: scopes.slice(0, 1).map(
        (scope): FoundScope => ({
          parent: -1,
          names: this.#keys(scope.names),
          types: NOTHING,
          isClass: false,
        }),
      ),
      calls: [],
      links: links.map((link) => this.#link(link)),
      classes: new Map([...classes].map(([name, found]) => [this.text(name), this.#class(found)])),
    };
  }

  #numbered(name: string, numbers: Map<string, string>): string {
    let number = numbers.get(name);
    if (number === undefined) {
      number = this.text(String(numbers.size));
      numbers.set(name, number);
    }
    return number;
  }

  #head(head: CalledFunction['head']): CalledFunction['head'] {
    const { kind, owner, ownerIsClass, isLexical, isFileLocal, arity } = head;
    const key = [kind, ownerIsClass, isLexical, isFileLocal, ...arity, ...owner].join('\0');
    let known = this.#heads.get(key);
    if (known === undefined) {
      known = { ...headOf(head), owner: owner.map((name) => this.text(name)) };
      this.#heads.set(key, known);
    }
    return known;
  }

  #link(link: ModuleLink): ModuleLink {
    const copied = Object.entries(link).map(([key, text]) => [key, this.text(text)]);
    return Object.fromEntries(copied) as ModuleLink;
  }

  #class({ name, superTypes, fields }: FoundClass): FoundClass {
    return {
      name: this.text(name),
      superTypes: superTypes.map((superType) => this.text(superType)),
      fields:
        fields.size === 0
          ? NOTHING
          : new Map([...fields].map(([field, type]) => [this.text(field), this.text(type)])),
    };
  }

  #keys(names: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return names.size === 0
      ? NOTHING
      : new Map([...names].map(([name, number]) => [this.text(name), number]));
  }
}
