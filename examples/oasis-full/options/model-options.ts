import { defaultsOf, type ValuesOf } from './declaration.js';
import {
  localDeclarations,
  modelDeclarations,
  moneyDeclarations,
  requestDeclarations,
} from './model-flags.js';
import {
  addressDeclarations,
  azureDeclarations,
  type ServiceAddress,
  servicesAt,
} from './service-address.js';

/** The models of a run and how they are reached. Without any, everything is done offline. */
export interface ModelOptions
  extends ValuesOf<typeof modelDeclarations>,
    ValuesOf<typeof localDeclarations>,
    ValuesOf<typeof requestDeclarations>,
    ValuesOf<typeof moneyDeclarations> {
  readonly chat: ServiceAddress;
  readonly judging: ServiceAddress;
  readonly embedding: ServiceAddress;
}

/** No model but those that need no service. */
export const offlineModels: ModelOptions = {
  ...defaultsOf(modelDeclarations),
  ...servicesAt({ ...defaultsOf(addressDeclarations), ...defaultsOf(azureDeclarations) }),
  ...defaultsOf(localDeclarations),
  ...defaultsOf(requestDeclarations),
  ...defaultsOf(moneyDeclarations),
};
