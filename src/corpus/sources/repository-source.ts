/** What an entry of a folder is. */
export interface SourceEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'submodule' | 'other';
}

/** Where a repository's files come from: a folder, or a revision in a Git object store. */
export interface RepositorySource {
  /** The commit that is read, or null for a folder as it stands. */
  readonly commit: string | null;
  /** False where everything is tracked, so that .gitignore files say nothing. */
  readonly hasIgnoredFiles: boolean;
  /** The entries of a folder, '' for the root. @throws If it cannot be read. */
  entries(folder: string): Promise<readonly SourceEntry[]>;
  /** A file's bytes if that is known without reading it; -1 for a file that is gone. */
  size(path: string): number | null;
  /** A file's content, or why there is none. Links are not followed. */
  read(path: string, maxBytes: number): Promise<Uint8Array | 'too-large' | 'unreadable'>;
}
