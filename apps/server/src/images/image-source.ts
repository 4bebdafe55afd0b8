import { aptSource, type ImageSource } from '@pxe/debian-netboot';

import type { ServerConfig } from '../config/schema.js';

/** The source that the `source` setting names. */
export function imageSource({ kind }: ServerConfig['source']): ImageSource {
  switch (kind) {
    case 'auto':
    case 'apt':
      return aptSource();
  }
}
