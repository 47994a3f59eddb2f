/** What the mark of `terminalTable` says, and what it does not. */
export const BEST_MARK = '◂ best of its column, by its value alone';
