import { type ImageSelection } from '@pxe/debian-netboot/catalog';

import { type ServerConfig } from './schema.js';

/** Returns the configured images, each with the configured firmware. */
export function selectedImages({
  images,
  firmware,
}: Pick<ServerConfig, 'images' | 'firmware'>): readonly ImageSelection[] {
  return firmware.length === 0 ? images : images.map((image) => ({ ...image, firmware }));
}
