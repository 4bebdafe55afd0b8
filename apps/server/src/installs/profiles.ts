import { readFile } from 'node:fs/promises';

import { type ServerConfig } from '../config/schema.js';
import { ConfigError } from '../errors.js';
import { missingVariables } from './install-service.js';
import { preseedTemplate, type PreseedTemplate } from './preseed.js';

/**
 * Reads the templates of all profiles.
 *
 * @throws ConfigError when a file cannot be read, a template is invalid, or a host lacks one of its variables
 */
export async function preseedTemplates({
  profiles = {},
  hosts = [],
}: Pick<ServerConfig, 'profiles' | 'hosts'>): Promise<ReadonlyMap<string, PreseedTemplate>> {
  const templates = new Map<string, PreseedTemplate>();
  for (const [name, { file, raw = [] }] of Object.entries(profiles)) {
    const key = file === undefined ? `profiles.${name}.raw` : `profiles.${name}.file`;
    const source = file ?? 'pxeboot.yaml';
    try {
      const text = file === undefined ? '' : await readFile(file, 'utf8');
      const separator = text === '' || text.endsWith('\n') ? '' : '\n';
      templates.set(name, preseedTemplate(`${text}${separator}${raw.join('\n')}`));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new ConfigError([{ key, source, message }], { cause: error });
    }
  }
  for (const [index, host] of hosts.entries()) {
    const template = templates.get(host.profile ?? '');
    const missing = template === undefined ? [] : missingVariables(template, host);
    if (missing.length > 0) {
      const message = `the profile ${host.profile ?? ''} needs ${missing.join(', ')}`;
      throw new ConfigError([{ key: `hosts[${index}].variables`, source: 'profiles', message }]);
    }
  }
  return templates;
}
