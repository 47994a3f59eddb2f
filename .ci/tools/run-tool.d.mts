export const installTools: (group: string) => string;
export const importTool: (group: string, path: string) => Promise<unknown>;
export const runTool: (group: string, name: string, command?: string) => void;
