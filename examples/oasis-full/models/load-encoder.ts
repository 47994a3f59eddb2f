import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Encoder, SubtokenBagEncoder, TransformerEncoder } from 'oasis-embed/encoders';

/** What kind of model a folder holds: this project's own kinds by name, everything else as a transformer. */
export const modelKind = (folder: string): string => {
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { readonly kind?: string };
  return config.kind ?? 'transformer';
};

/** Opens the trained or untrained model of a run, for embedding alone. */
export const loadEncoder = async (folder: string): Promise<Encoder> =>
  modelKind(folder) === 'subtoken-bag'
    ? SubtokenBagEncoder.load(folder)
    : TransformerEncoder.load(folder, { frozenLayers: 'all' });
