import {
  type DocParameter,
  type DocParts,
  type DocRaise,
  type DocReturn,
  indentOf,
  oneLine,
} from './structured-doc.js';

/**
 * TomDoc: `name - text` for parameters, paragraphs that begin with `Returns` and `Raises`.
 *
 * @see https://tomdoc.org
 */
export const tomDocParts = (doc: string): DocParts => {
  const parameters: DocParameter[] = [];
  const raises: DocRaise[] = [];
  let returns: DocReturn | null = null;
  const lines = doc.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    let text = line;
    while (at + 1 < lines.length && lines[at + 1]!.trim() !== '' && indentOf(lines[at + 1]!) > indentOf(line))
      text += `\n${lines[++at]!}`;
    const [, name, description] = /^([\w*&:]+)\s+-\s+([\s\S]+)$/.exec(text) ?? [];
    const [, error, why] = /^Raises\s+([A-Z][\w:]*)\s*([\s\S]*)$/.exec(text) ?? [];
    if (name !== undefined)
      parameters.push({
        name: name.replace(/^:|^[*&]+/, ''),
        type: null,
        description: oneLine(description!),
        isOptional: /\(default:|\(optional\)/i.test(description!),
      });
    else if (error !== undefined) raises.push({ type: error, description: oneLine(why!) });
    else if (/^Returns\s/.test(text)) returns ??= { type: null, description: oneLine(text.slice(8)) };
  }
  return { parameters, returns, raises };
};

/** Swift's lists: `- Parameter x: text`, `- Parameters:` with a list, `- Returns:`, `- Throws:`. */
const listParts = (doc: string): DocParts => {
  const parameters: DocParameter[] = [];
  const raises: DocRaise[] = [];
  let returns: DocReturn | null = null;
  let listAt = -1;
  let last: { description: string } | null = null;
  const items: { role: string; name: string; description: string }[] = [];
  for (const line of doc.split('\n')) {
    const [, space, head, text] = /^(\s*)[-*+]\s+(\w[\w ]*?)\s*:\s*(.*)$/.exec(line) ?? [];
    if (head === undefined) {
      if (line.trim() === '') last = null;
      else if (last !== null) last.description += ` ${line}`;
      continue;
    }
    last = null;
    const [, role, name] = /^(parameters?|returns?|throws)(?:\s+(\w+))?$/i.exec(head) ?? [];
    if (role === undefined && listAt >= 0 && space!.length > listAt) {
      last = { description: text! };
      items.push(Object.assign(last, { role: 'parameter', name: head }));
    } else if (role !== undefined) {
      listAt = /^parameters$/i.test(role) ? space!.length : -1;
      if (listAt >= 0) continue;
      last = { description: text! };
      items.push(Object.assign(last, { role: role.toLowerCase(), name: name ?? '' }));
    } else listAt = -1;
  }
  for (const { role, name, description } of items) {
    if (role === 'parameter')
      parameters.push({ name, type: null, description: oneLine(description), isOptional: false });
    else if (role === 'throws') raises.push({ type: null, description: oneLine(description) });
    else returns ??= { type: null, description: oneLine(description) };
  }
  return { parameters, returns, raises };
};

/** Rust's headings: `# Arguments` with a list of names, `# Returns`, `# Errors`, `# Panics`. */
export const markdownParts = (doc: string): DocParts => {
  const swift = listParts(doc);
  const parameters: DocParameter[] = [...swift.parameters];
  const raises: DocRaise[] = [...swift.raises];
  let { returns } = swift;
  for (const [, title, body] of doc.matchAll(/^#{1,3} +([A-Za-z ]+)\n((?:(?!#{1,3} )[^\n]*(?:\n|$))*)/gm)) {
    const text = body!.replace(/```[\s\S]*?(?:```|$)/g, '');
    if (/^(arguments?|parameters?)\s*$/i.test(title!)) {
      for (const [, name, description] of text.matchAll(
        /^[-*+] +`?(\w+)`?\s*(?:-|–|—|:)\s*((?:[^\n]*(?:\n(?!\s*[-*+] |\s*\n)|$))+)/gm,
      ))
        parameters.push({ name: name!, type: null, description: oneLine(description!), isOptional: false });
    } else if (/^returns?\s*$/i.test(title!)) returns ??= { type: null, description: oneLine(text) };
    else if (/^(errors?|panics?|throws)\s*$/i.test(title!))
      raises.push({ type: null, description: oneLine(text) });
  }
  return { parameters, returns, raises };
};
