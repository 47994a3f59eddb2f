/** A box of a {@link drawing}: a room of the library, or data. */
export interface Box {
  readonly id: string;
  /** Left and top. */
  readonly at: readonly [x: number, y: number];
  readonly size: readonly [width: number, height: number];
  /** A name, and below it what it does. */
  readonly text: readonly string[];
  /** @defaultValue 'room' */
  readonly tone?: 'room' | 'data';
}

export interface Drawing {
  /** Names the drawing to a screen reader. */
  readonly title: string;
  readonly width: number;
  readonly boxes: readonly Box[];
  /** From box to box, with a label where one is given. */
  readonly arrows: readonly (readonly [from: string, to: string, label?: string])[];
}

const TONES = {
  room: { fill: '#eaf2f9', stroke: '#0b66a8' },
  data: { fill: '#fff7ec', stroke: '#c2500a' },
} as const;

const FONT = 'system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, Helvetica, Arial, sans-serif';

const boxMarkup = ({ at: [x, y], size: [width, height], text, tone = 'room' }: Box): string => {
  const { fill, stroke } = TONES[tone];
  const lines = text.map((line, i) => {
    const middle = y + height / 2 + (i - (text.length - 1) / 2) * 19 + 5;
    const style = i === 0 ? 'font-size="15" font-weight="600"' : 'font-size="13" fill="#434b55"';
    return `<text x="${x + width / 2}" y="${middle}" text-anchor="middle" ${style}>${line}</text>`;
  });
  const shape = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="7" fill="${fill}" stroke="${stroke}"/>`;
  return `${shape}${lines.join('')}`;
};

/** From the facing sides of two boxes: downwards where they stand above each other, else sideways. */
const arrowMarkup = (from: Box, to: Box, label: string | undefined): string => {
  const middle = ({ at, size }: Box, axis: 0 | 1) => at[axis] + size[axis] / 2;
  const below = to.at[1] >= from.at[1] + from.size[1];
  const clamp = (x: number, { at, size }: Box) => Math.min(Math.max(x, at[0] + 16), at[0] + size[0] - 16);
  const right = middle(to, 0) > middle(from, 0);
  const [x1, y1, x2, y2] = below
    ? [clamp(middle(to, 0), from), from.at[1] + from.size[1], clamp(middle(from, 0), to), to.at[1] - 3]
    : right
      ? [from.at[0] + from.size[0], middle(from, 1), to.at[0] - 3, middle(to, 1)]
      : [from.at[0], middle(from, 1), to.at[0] + to.size[0] + 3, middle(to, 1)];
  const line = `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#434b55" stroke-width="1.4" marker-end="url(#tip)"/>`;
  if (label === undefined) return line;
  const place = `x="${(x1 + x2) / 2 + 8}" y="${(y1 + y2) / 2 + 4}"`;
  return `${line}<text ${place} font-size="13" fill="#434b55">${label}</text>`;
};

/** Boxes and arrows as an SVG file. */
export const drawing = ({ title, width, boxes, arrows }: Drawing): string => {
  const height = Math.max(...boxes.map(({ at, size }) => at[1] + size[1])) + 16;
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const boxOf = (id: string): Box => {
    const box = byId.get(id);
    if (box === undefined) throw new RangeError(`an arrow must name a box, received ${id}`);
    return box;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="${FONT}" fill="#1c2025">`,
    `<title>${title}</title>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#434b55"/></marker></defs>',
    '<rect width="100%" height="100%" rx="8" fill="#fff"/>',
    ...arrows.map(([from, to, label]) => arrowMarkup(boxOf(from), boxOf(to), label)),
    ...boxes.map(boxMarkup),
    '</svg>\n',
  ].join('\n');
};
