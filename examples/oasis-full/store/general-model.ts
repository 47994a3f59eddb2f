import { join } from 'node:path';
import { findPackage } from './find-package.js';
import { packageFolder } from './package-folder.js';

/** The package that holds the general model, as data. */
const GENERAL_MODEL_PACKAGE = 'oasis-general-model';

/** What the general model is called where a model is asked for. */
export const GENERAL_MODEL = 'general';

/** How to get it. */
export const GENERAL_MODEL_INSTALL = `npm install ${GENERAL_MODEL_PACKAGE}`;

/** The folder of the model where it is installed beside this package, or null. */
export const installedGeneralModel = (): string | null => {
  const folder = findPackage(GENERAL_MODEL_PACKAGE, packageFolder);
  return folder === null ? null : join(folder, 'model');
};

/**
 * The folder of the model that is installed beside this package.
 *
 * @throws Error saying how to get it, where it is missing.
 */
export const generalModelFolder = (): string => {
  const folder = installedGeneralModel();
  if (folder === null) throw new Error(`the general model is not installed: ${GENERAL_MODEL_INSTALL}`);
  return folder;
};
