/** Place of a file on a boot server. */
export type Place =
  | { readonly transport: 'tftp'; readonly server: string; readonly file: string }
  | { readonly transport: 'http'; readonly url: string };

/** Formats a place in the usual notation. */
export function placeText(place: Place): string {
  return place.transport === 'http'
    ? place.url
    : `tftp://${place.server}/${place.file.replace(/^\//, '')}`;
}

/** Returns the place of a file in the same folder. */
export function neighbourOf(place: Place, name: string): Place {
  if (place.transport === 'http') {
    return { transport: 'http', url: new URL(name, place.url).href };
  }
  return { ...place, file: `${place.file.slice(0, place.file.lastIndexOf('/') + 1)}${name}` };
}

/** Returns the place of a file by its path from the root of the same server. */
export function fromRoot(place: Place, path: string): Place {
  return place.transport === 'http'
    ? { transport: 'http', url: new URL(path, place.url).href }
    : { ...place, file: path };
}
