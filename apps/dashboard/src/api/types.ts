import { type components, type paths } from './openapi.js';

type Schemas = components['schemas'];

export type Server = Schemas['Server'];
export type DhcpServers = Schemas['DhcpServers'];
export type BootSummary = Schemas['BootSummary'];
export type Boot = Schemas['Boot'];
export type BootStep = Schemas['BootStep'];
export type BootPage = Schemas['BootPage'];
export type Machine = Schemas['Machine'];
export type Host = Schemas['Host'];
export type Profile = Schemas['Profiles']['profiles'][number];
export type HostPreseed = Schemas['HostPreseed'];
export type HostLog = Schemas['HostLog'];
export type ArmedHost = Schemas['ArmedHost'];
export type ConfigKey = Schemas['Configuration']['keys'][number];
export type Finding = Schemas['Doctor']['findings'][number];
export type Images = Schemas['Images'];
export type Image = Schemas['Image'];
export type Generation = Images['generations'][number];
export type Menu = Schemas['Menu'];
export type Statistics = Schemas['Statistics'];
export type Problem = Schemas['Error'];

/** Route that answers a GET request with JSON. */
export type ReadableRoute = {
  [Route in keyof paths]: paths[Route] extends {
    get: { responses: { 200: { content: { 'application/json': unknown } } } };
  }
    ? Route
    : never;
}[keyof paths];

/** JSON body of the response of a {@link ReadableRoute}. */
export type Answer<Route extends ReadableRoute> = paths[Route] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;
