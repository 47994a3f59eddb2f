import {
  type DocParameter,
  type DocParts,
  type DocRaise,
  type DocReturn,
  oneLine,
  typeAndOption,
} from './structured-doc.js';

interface Field {
  readonly tag: string;
  readonly text: string;
}

/** A field's text goes on until the next field or, behind a blank line, until the margin. */
const fieldsOf = (doc: string, start: RegExp): Field[] => {
  const fields: { tag: string; text: string }[] = [];
  let isOpen = false;
  let wasBlank = false;
  for (const line of doc.split('\n')) {
    const found = start.exec(line);
    if (found !== null) {
      fields.push({ tag: found[1]!.toLowerCase(), text: found[2] ?? '' });
      isOpen = true;
    } else if (isOpen && line.trim() === '') wasBlank = true;
    else if (isOpen) {
      if (wasBlank && !/^\s/.test(line)) isOpen = false;
      else fields.at(-1)!.text += `\n${line}`;
    }
    if (line.trim() !== '') wasBlank = false;
  }
  return fields;
};

/**
 * Fields of reStructuredText as Sphinx has them: `:param int x: text`, `:type x: int`, `:returns:`, `:raises E:`.
 *
 * @see https://www.sphinx-doc.org/en/master/usage/domains/python.html#info-field-lists
 */
export const restParts = (doc: string): DocParts => {
  const parameters: DocParameter[] = [];
  const raises: DocRaise[] = [];
  const types = new Map<string, string>();
  let returns: DocReturn | null = null;
  let returnType: string | null = null;
  for (const { tag, text } of fieldsOf(
    doc,
    /^\s*:([a-z]+\b[^:\n]*(?::[a-z]+:`[^`]*`[^:\n]*)?)(?::\s*([\s\S]*))$/i,
  )) {
    const [, role, rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(tagText(doc, tag)) ?? [];
    const description = oneLine(text);
    if (/^(param|parameter|arg|argument|key|keyword|kwarg)$/i.test(role ?? '')) {
      const cut = rest.lastIndexOf(' ');
      const { type, isOptional } = typeAndOption(cut < 0 ? '' : rest.slice(0, cut));
      parameters.push({ name: rest.slice(cut + 1), type, description, isOptional });
    } else if (/^type$/i.test(role ?? '')) types.set(rest.trim(), description);
    else if (/^(returns?|yields?)$/i.test(role ?? '')) returns ??= { type: rest.trim() || null, description };
    else if (/^rtype$/i.test(role ?? '')) returnType = description;
    else if (/^(raises?|except|exception)$/i.test(role ?? ''))
      raises.push({ type: rest.trim() || null, description });
  }
  return {
    parameters: parameters.map((parameter) => {
      const given = types.get(parameter.name);
      return given === undefined ? parameter : { ...parameter, ...typeAndOption(given) };
    }),
    returns:
      returns === null
        ? returnType === null
          ? null
          : { type: returnType, description: '' }
        : { ...(returns as DocReturn), type: (returns as DocReturn).type ?? returnType },
    raises,
  };
};

/** A tag as it is written: it was compared without regard to case. */
const tagText = (doc: string, tag: string): string => {
  const at = doc.toLowerCase().indexOf(`:${tag}:`);
  return at < 0 ? tag : doc.slice(at + 1, at + 1 + tag.length);
};

/** A type in braces or brackets at the start, which may nest. */
const bracketed = (text: string, open: string, close: string): { inner: string | null; rest: string } => {
  const plain = text.trimStart();
  if (!plain.startsWith(open)) return { inner: null, rest: plain };
  let depth = 0;
  for (let at = 0; at < plain.length; at++) {
    if (plain[at] === open) depth++;
    else if (plain[at] === close && --depth === 0)
      return { inner: plain.slice(1, at).trim(), rest: plain.slice(at + 1).trimStart() };
  }
  return { inner: null, rest: plain };
};

/** A type that PHPDoc writes before a `$name`, with blanks inside of brackets alone. */
const leadingType = (text: string): { inner: string; rest: string } => {
  let depth = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const sign = text[at]!;
    if ('<({['.includes(sign)) depth++;
    else if ('>)}]'.includes(sign)) depth--;
    else if (depth === 0 && /\s/.test(sign)) break;
  }
  return { inner: text.slice(0, at), rest: text.slice(at).trimStart() };
};

const parameterOf = (text: string): DocParameter | null => {
  // Doxygen: \param[in,out] x
  const plain = text.replace(/^\[\s*(?:in|out|inout)(?:\s*,\s*(?:in|out))*\s*\]\s*/, '').trim();
  // PHPDoc: int|null $x
  if (/^[^\s{][^$]*\s(?:\.\.\.|&)?\$\w/.test(plain) || /^(?:\.\.\.)?\$\w/.test(plain)) {
    const { inner, rest } = plain.startsWith('$') ? { inner: '', rest: plain } : leadingType(plain);
    const [, name, tail] = /^((?:\.\.\.|&)?\$\w+)\s*([\s\S]*)$/.exec(rest) ?? [];
    if (name === undefined) return null;
    return {
      name: name.replace(/^[.&]*\$/, ''),
      type: inner || null,
      description: oneLine(tail!),
      isOptional: false,
    };
  }
  // JSDoc: {string} [name='x'] - text
  const braces = bracketed(plain, '{', '}');
  if (braces.inner !== null || /^\[?[\w.]+\s*=/.test(braces.rest) || !braces.rest.startsWith('[')) {
    const optional = bracketed(braces.rest, '[', ']');
    // YARD: name [Type] text
    const named = optional.inner !== null ? null : /^([*&\w.$<>]+)\s*([\s\S]*)$/.exec(braces.rest);
    if (optional.inner === null && named === null) return null;
    const name = (optional.inner ?? named![1]!)
      .split('=')[0]!
      .trim()
      .replace(/^\*+|^&/, '');
    const yard = optional.inner === null && braces.inner === null ? bracketed(named![2]!, '[', ']') : null;
    const type = (braces.inner ?? yard?.inner ?? '').replace(/=$/, '');
    const rest = yard?.inner != null ? yard.rest : optional.inner !== null ? optional.rest : named![2]!;
    return {
      name,
      type: type || null,
      description: oneLine(rest.replace(/^[-–:]\s+/, '')),
      isOptional: optional.inner !== null || (braces.inner ?? '').endsWith('='),
    };
  }
  // YARD: [Type] name text
  const yard = bracketed(braces.rest, '[', ']');
  const [, name, rest] = /^([*&\w]+)\s*([\s\S]*)$/.exec(yard.rest) ?? [];
  if (name === undefined) return null;
  return {
    name: name.replace(/^[*&]+/, ''),
    type: yard.inner,
    description: oneLine(rest!),
    isOptional: false,
  };
};

const TYPE_WORD = /^[\\\w.|?[\]<>$:]+$/;

const typed = (text: string, isPhp: boolean): DocReturn => {
  const plain = text.trim();
  for (const [open, close] of ['{}', '[]']) {
    const found = bracketed(plain, open!, close!);
    if (found.inner !== null)
      return { type: found.inner, description: oneLine(found.rest.replace(/^[-–]\s+/, '')) };
  }
  const { inner, rest } = leadingType(plain);
  if (isPhp && TYPE_WORD.test(inner.replace(/[<({][\s\S]*[>)}]/, '')))
    return { type: inner || null, description: oneLine(rest) };
  return { type: null, description: oneLine(plain.replace(/^[-–]\s+/, '')) };
};

/**
 * Tags of JSDoc, TSDoc, Javadoc, KDoc, Scaladoc, PHPDoc, YARD and Doxygen: `@param`, `@return`, `@throws` and
 * their other names, with `@` or `\`.
 */
export const tagParts = (doc: string, isPhp = false): DocParts => {
  const parameters: DocParameter[] = [];
  const raises: DocRaise[] = [];
  let returns: DocReturn | null = null;
  const php = isPhp || /[@\\]param\s+[^\n{]*\$\w/.test(doc);
  for (const { tag, text } of fieldsOf(doc, /^\s*[@\\]([a-zA-Z-]+)(?:(?=\[)|\b)\s?([\s\S]*)$/)) {
    if (/^(param|arg|argument|option|keyword)$/.test(tag)) {
      const found = parameterOf(text);
      if (found !== null) parameters.push(found);
    } else if (/^(returns?|result|retval|yields?)$/.test(tag)) returns ??= typed(text, php);
    else if (/^(throws?|exception|raises?|raise)$/.test(tag)) {
      const braces = typed(text, false);
      const [, type, rest = ''] = /^([\w.:\\|$<>]+)\s*([\s\S]*)$/.exec(text.trim()) ?? [];
      raises.push(
        braces.type !== null
          ? braces
          : {
              type: type ?? null,
              description: oneLine(type === undefined ? text : rest.replace(/^[-–]\s+/, '')),
            },
      );
    }
  }
  return { parameters, returns, raises };
};

const withoutXml = (text: string): string =>
  oneLine(
    text
      .replace(/<(?:see|seealso)\s+(?:cref|langword|href)="(?:[A-Z]:)?([^"]*)"\s*\/>/g, '$1')
      .replace(/<(?:paramref|typeparamref)\s+name="([^"]*)"\s*\/>/g, '$1')
      .replace(/<\/?[a-zA-Z][^<>]*>/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&'),
  );

/**
 * XML docs of C#: `<param name>`, `<returns>`, `<exception cref>`.
 *
 * @see https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/recommended-tags
 */
export const xmlParts = (doc: string): DocParts => {
  const parameters: DocParameter[] = [];
  const raises: DocRaise[] = [];
  for (const [, name, text] of doc.matchAll(/<param\s+name="([^"]*)"\s*>([\s\S]*?)<\/param>/g))
    parameters.push({ name: name!, type: null, description: withoutXml(text!), isOptional: false });
  for (const [, type, text = ''] of doc.matchAll(
    /<exception\s+cref="(?:[A-Z]:)?([^"]*)"\s*(?:\/>|>([\s\S]*?)<\/exception>)/g,
  ))
    raises.push({ type: type!, description: withoutXml(text) });
  const returns = /<returns>([\s\S]*?)<\/returns>/.exec(doc)?.[1];
  return {
    parameters,
    returns: returns === undefined ? null : { type: null, description: withoutXml(returns) },
    raises,
  };
};
