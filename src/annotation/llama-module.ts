/** What this package uses of node-llama-cpp, an optional peer whose own types need not be installed. */
export interface LlamaModule {
  getLlama(options: {
    readonly gpu: 'auto' | false;
    readonly build: 'never';
    readonly skipDownload: boolean;
    readonly progressLogs: boolean;
    readonly maxThreads: number;
    readonly logLevel: 'warn';
    readonly logger: (level: string, message: string) => void;
  }): Promise<Llama>;
  readGgufFileInfo(
    path: string,
    options: { readonly sourceType: 'filesystem'; readonly logWarnings: boolean },
  ): Promise<GgufFileInfo>;
  resolveChatWrapper(model: LlamaModel, options: { readonly warningLogs: boolean }): ChatWrapper;
  readonly LlamaChat: new (options: {
    readonly contextSequence: ContextSequence;
    readonly chatWrapper: ChatWrapper;
  }) => LlamaChat;
}

export interface GgufFileInfo {
  /** Bytes before the weights. */
  readonly infoEndOffset?: number;
  readonly metadata: {
    readonly general?: { readonly architecture?: unknown };
    readonly tokenizer?: { readonly chat_template?: unknown };
  };
  /** The fields that are named by the architecture. */
  readonly architectureMetadata: { readonly context_length?: unknown; readonly pooling_type?: unknown };
}

export interface Llama {
  loadModel(options: { readonly modelPath: string; readonly vocabOnly?: boolean }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface LlamaModel {
  readonly tokenizer: unknown;
  tokenize(text: string): readonly number[];
  createContext(options: {
    readonly contextSize: number;
    readonly sequences: number;
    readonly threads: number;
  }): Promise<{ getSequence(): ContextSequence; dispose(): Promise<void> }>;
  dispose(): Promise<void>;
}

export interface ContextSequence {
  clearHistory(): Promise<void>;
  readonly tokenMeter: { readonly usedOutputTokens: number };
}

export type ChatHistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] };

export interface ChatWrapper {
  generateContextState(options: { readonly chatHistory: readonly ChatHistoryItem[] }): {
    readonly contextText: { tokenize(tokenizer: unknown): readonly number[] };
  };
}

export interface LlamaChat {
  generateResponse(
    history: readonly ChatHistoryItem[],
    options: {
      readonly maxTokens: number;
      readonly temperature: number;
      readonly seed?: number;
      readonly grammar?: unknown;
      readonly signal?: AbortSignal;
    },
  ): Promise<{ readonly response: string; readonly metadata: { readonly stopReason: string } }>;
}

const INSTALL = 'npm install --ignore-scripts node-llama-cpp';

/**
 * Loads node-llama-cpp.
 *
 * @throws Error with the install command.
 */
export const loadLlamaModule = async (load: () => Promise<unknown>): Promise<LlamaModule> => {
  try {
    return (await load()) as LlamaModule;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`GGUF files need node-llama-cpp: ${INSTALL} (${reason})`, { cause: error });
  }
};

/** llama.cpp, and what it had to say lately. */
export interface RunningLlama {
  readonly llama: Llama;
  readonly logs: string[];
}

const running = new WeakMap<LlamaModule, Map<boolean, Promise<RunningLlama>>>();

/** llama.cpp with or without graphics processors, started once: its log goes to one place in each process. */
export const startLlama = (module: LlamaModule, gpu: boolean): Promise<RunningLlama> => {
  const started = running.get(module) ?? new Map<boolean, Promise<RunningLlama>>();
  running.set(module, started);
  const start = async (): Promise<RunningLlama> => {
    const logs: string[] = [];
    const llama = await module.getLlama({
      gpu: gpu ? 'auto' : false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // Each context says how many it takes.
      maxThreads: 0,
      logLevel: 'warn',
      logger: (_, message) => {
        logs.push(message.trim());
        if (logs.length > 100) logs.shift();
      },
    });
    return { llama, logs };
  };
  const llama = started.get(gpu) ?? start();
  started.set(gpu, llama);
  return llama;
};
