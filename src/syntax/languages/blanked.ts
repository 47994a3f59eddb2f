/** Texts of as many units, for `repairSource`: what stands elsewhere keeps its place. */
export const blanked = (text: string): string => text.replace(/[^\n]/g, ' ');

/** A replacement filled up with blanks. */
export const filled = (text: string, length: number): string => text.padEnd(length);
