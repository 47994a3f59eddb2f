/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

/** The checksum as TFRecord files hold it. */
const maskedCrc = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return bytes;
};

const delimited = (field: number, content: Uint8Array | number[]): number[] => [
  field * 8 + 2,
  ...varint(content.length),
  ...content,
];

const text = (field: number, value: string) => delimited(field, new TextEncoder().encode(value));

const fixed = (field: number, value: number, width: 4 | 8): number[] => {
  const view = new DataView(new ArrayBuffer(width));
  if (width === 8) view.setFloat64(0, value, true);
  else view.setFloat32(0, value, true);
  return [field * 8 + (width === 8 ? 1 : 5), ...new Uint8Array(view.buffer)];
};

/** What an event says besides its time. */
export type EventContent =
  | { readonly kind: 'version' }
  /** What earlier files say about this step and later ones no longer counts. */
  | { readonly kind: 'restart'; readonly step: number }
  | { readonly kind: 'scalars'; readonly step: number; readonly values: Readonly<Record<string, number>> };

const eventBytes = (content: EventContent, seconds: number): Uint8Array => {
  const bytes = fixed(1, seconds, 8);
  if (content.kind === 'version') bytes.push(...text(3, 'brain.Event:2'));
  else {
    // Protobuf leaves out a number that is 0.
    if (content.step > 0) bytes.push(2 * 8, ...varint(content.step));
    if (content.kind === 'restart') bytes.push(...delimited(7, [8, 1]));
    else {
      const values = Object.entries(content.values).flatMap(([tag, value]) =>
        delimited(1, [...text(1, tag), ...fixed(2, value, 4)]),
      );
      bytes.push(...delimited(5, values));
    }
  }
  return Uint8Array.from(bytes);
};

/**
 * One record of a TensorBoard event file: an `Event` protobuf in the framing of TFRecord.
 *
 * @param seconds Since 1970.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export const eventRecord = (content: EventContent, seconds: number): Uint8Array => {
  const event = eventBytes(content, seconds);
  const record = new Uint8Array(12 + event.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(event, 12);
  view.setUint32(12 + event.length, maskedCrc(event), true);
  return record;
};
