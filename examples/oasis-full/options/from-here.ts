import { resolve } from 'node:path';

/** `npm run` moves to the package's folder; paths are meant from where the command was typed. */
export const fromHere = (path: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), path);
