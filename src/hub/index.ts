export type { RepositoryType } from './cache-layout.js';
export { HubError, type HubErrorKind } from './hub-error.js';
export { type Environment, type HubOptions, hubCacheFolder } from './hub-settings.js';
export { type OpenModelFolderOptions, openModelFolder } from './open-model-folder.js';
export {
  type DownloadProgress,
  findSnapshot,
  type OpenSnapshotOptions,
  openSnapshot,
  type Snapshot,
} from './open-snapshot.js';
