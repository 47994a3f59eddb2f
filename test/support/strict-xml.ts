/** An element of a document read by {@link parseXml}. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decode = (text: string): string => {
  if (text.includes('<')) throw new SyntaxError(`stray < in ${JSON.stringify(text.slice(0, 60))}`);
  return text.replace(/&([^;\s]*;?)/g, (whole, name: string) => {
    const numeric = /^#(\d+);$/.exec(name);
    const plain = entities[name.replace(/;$/, '')];
    if (numeric) return String.fromCodePoint(Number(numeric[1]));
    if (!name.endsWith(';') || plain === undefined) throw new SyntaxError(`stray entity ${whole}`);
    return plain;
  });
};

/** A parser for the part of XML that the report uses; anything else, and every slip, is an error. */
export const parseXml = (source: string): XmlElement => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.exec(source);
  if (forbidden) throw new SyntaxError(`forbidden character at ${forbidden.index}`);
  const text = source.replace(/^<!DOCTYPE html>\s*/, '');
  const root = { name: '#root', attributes: {}, children: [] as (XmlElement | string)[] };
  const open = [root];
  const pattern = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    end = match.index + match[0].length;
    const [, closing, name = '', attributes = '', empty, content] = match;
    const parent = open.at(-1) ?? root;
    if (content !== undefined) {
      parent.children.push(decode(content));
    } else if (closing) {
      if (parent.name !== name) throw new SyntaxError(`</${name}> closes <${parent.name}>`);
      open.pop();
    } else {
      const element = { name, attributes: readAttributes(name, attributes), children: [] };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (end !== text.length) throw new SyntaxError(`malformed at ${JSON.stringify(text.slice(end, end + 80))}`);
  const elements = root.children.filter((child) => typeof child !== 'string');
  if (open.length !== 1 || elements.length !== 1)
    throw new SyntaxError(`expected one root, all closed; open: ${open.map((e) => e.name).join(' ')}`);
  return elements[0] as XmlElement;
};

const readAttributes = (name: string, source: string): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of source.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (Object.hasOwn(attributes, key)) throw new SyntaxError(`<${name}> has two attributes ${key}`);
    attributes[key] = decode(value);
  }
  return attributes;
};

/** All descendants with this tag name, and this class if given, in document order. */
export const findAll = (element: XmlElement, name: string, className?: string): readonly XmlElement[] =>
  element.children.flatMap((child) => {
    if (typeof child === 'string') return [];
    const classes = child.attributes.class?.split(' ') ?? [];
    const own =
      (name === '*' || child.name === name) && (className === undefined || classes.includes(className));
    return [...(own ? [child] : []), ...findAll(child, name, className)];
  });

/** The text of an element and its descendants. */
export const textOf = (element: XmlElement): string =>
  element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');

/** An attribute as a number. */
export const numberOf = (element: XmlElement | undefined, attribute: string): number =>
  Number(element?.attributes[attribute] ?? Number.NaN);
